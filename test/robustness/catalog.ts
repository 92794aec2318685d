/** @file All parts of `npm run robustness`. A new one is listed here. */
import { inChildren } from "./children.js";
import { files } from "./files.js";
import { kills } from "./kills.js";
import type { RobustnessPart } from "./part.js";
import { service } from "./service.js";

const trials = (name: string): URL => new URL(`trials/${name}.ts`, import.meta.url);

export const PARTS = {
  pictures: inChildren("pictures", trials("pictures"), {
    summary: "damaged photos of every format through reading and writing",
    testCount: 3,
  }),
  files,
  kills,
  service,
} as const satisfies Record<string, RobustnessPart>;

export type PartName = keyof typeof PARTS;

/** @file All parts of `npm run robustness`. A new one is listed here. */
import { inChildren } from "./children.js";
import { files } from "./files.js";
import { kills } from "./kills.js";
import type { RobustnessPart } from "./part.js";
import { service } from "./service.js";

export const PARTS = {
  pictures: inChildren("pictures", {
    summary: "damaged photos of every format through reading and writing",
    testCount: 60,
    share: 25_000,
  }),
  checkpoints: inChildren("checkpoints", {
    summary: "damaged PyTorch files, zip and legacy, and safetensors",
    testCount: 200,
    share: 45_000,
  }),
  models: inChildren("models", {
    summary: "folders of models with odd descriptions or damaged weights, loaded and used",
    testCount: 30,
    share: 3_000,
  }),
  configs: inChildren("configs", {
    summary: "odd configs of training",
    testCount: 200,
    share: 25_700,
  }),
  files,
  kills,
  service,
} as const satisfies Record<string, RobustnessPart>;

/** @file The folder of this package, from its sources as from `dist/`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

export const PACKAGE_ROOT =
  ["../..", "../../.."].map((up) => join(HERE, up)).find((folder) => existsSync(join(folder, "package.json"))) ?? HERE;

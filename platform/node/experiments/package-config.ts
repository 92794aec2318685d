/** @file The package's own configs, by name. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UnblurError } from "../../../src/base/errors.js";
import { parseRunConfig, type RunConfig } from "../../../src/training/run-config.js";

/** `configs/` of this package, from its sources as from `dist/`. */
function configsFolder(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const found = ["../../..", "../../../.."].map((up) => join(here, up, "configs")).find((path) => existsSync(path));
  if (!found)
    throw new UnblurError("file", `${here}: the package's folder configs is missing; install the package again`);
  return found;
}

/** `name`: the path under `configs/` without the ending. */
export function packageConfig(name: string): RunConfig {
  const path = join(configsFolder(), `${name}.json`);
  try {
    return parseRunConfig(JSON.parse(readFileSync(path, "utf8")), path);
  } catch (cause) {
    if (cause instanceof UnblurError) throw cause;
    throw new UnblurError("file", `${path}: cannot be read (${String(cause)})`, { cause });
  }
}

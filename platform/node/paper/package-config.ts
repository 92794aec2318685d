/** @file The package's own configs, by name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { parseJson } from "../../../src/base/parse-json.js";
import { parseRunConfig, type RunConfig } from "../../../src/training/run-config.js";
import { PACKAGE_ROOT } from "../files/package-root.js";

/** Reads a config. `name`: its path under `configs/` without the ending. */
export function packageConfig(name: string): RunConfig {
  const path = join(PACKAGE_ROOT, "configs", `${name}.json`);
  try {
    return parseRunConfig(parseJson(readFileSync(path, "utf8")), path);
  } catch (cause) {
    if (cause instanceof UnblurError) throw cause;
    throw new UnblurError("file", `${path}: it cannot be read (${String(cause)})`, { cause });
  }
}

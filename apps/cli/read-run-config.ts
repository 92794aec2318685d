/** @file The run config of `--config FILE`. */
import { readFile } from "node:fs/promises";
import { UnblurError } from "../../src/base/errors.js";
import { parseJson } from "../../src/base/parse-json.js";
import { parseRunConfig, type RunConfig } from "../../src/training/run-config.js";

/**
 * Reads the config. Throws `config` if the file cannot be read or has invalid fields, all of which the message names.
 */
export async function readRunConfig(path: string): Promise<RunConfig> {
  let value: unknown;
  try {
    value = parseJson(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UnblurError("config", `${path}: it cannot be read as JSON (${String(cause)})`, { cause });
  }
  return parseRunConfig(value, path);
}

/** @file The run config of `--config FILE`. */
import { readFile } from "node:fs/promises";
import { UnblurError } from "../../src/base/errors.js";
import { parseRunConfig, type RunConfig } from "../../src/training/run-config.js";

/** Throws `config` for a file that cannot be read, and for one with wrong fields, each named. */
export async function readRunConfig(path: string): Promise<RunConfig> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UnblurError("config", `${path}: cannot be read as JSON (${String(cause)})`, { cause });
  }
  return parseRunConfig(value, path);
}

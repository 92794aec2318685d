/**
 * @file Run folders of experiments. A run is identified by its config, so an experiment finds runs that another one
 * trained.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UnblurError } from "../../../src/base/errors.js";
import { parseRunConfig, type RunConfig } from "../../../src/training/run-config.js";
import { RunFolder } from "../runs/run-folder.js";

export interface ExperimentRun {
  readonly path: string;
  /** Step of the newest checkpoint; 0 without one. */
  readonly step: number;
  readonly finished: boolean;
}

const stepOf = (checkpoint: string): number => Number(/\d+/.exec(checkpoint)![0]);

/**
 * The folder under `runs` with exactly this config and the most steps, or null. Folders that are no runs are skipped.
 */
export async function findRun(runs: string, config: RunConfig): Promise<ExperimentRun | null> {
  const names = await readdir(runs).catch(() => []);
  const found: ExperimentRun[] = [];
  for (const name of names.filter((entry) => entry.endsWith(`-${config.name}`))) {
    const path = join(runs, name);
    if (!(await RunFolder.isRun(path))) continue;
    const run = await RunFolder.open(path);
    if (!isDeepStrictEqual(await storedConfig(run), config)) continue;
    const [newest] = await run.checkpoints();
    const step = newest ? stepOf(newest) : 0;
    found.push({ path, step, finished: step >= config.steps });
  }
  return found.sort((a, b) => b.step - a.step)[0] ?? null;
}

/** The stored config; null if this version no longer understands it, so the run counts as another one. */
async function storedConfig(run: RunFolder): Promise<RunConfig | null> {
  try {
    return parseRunConfig(await run.readConfig(), run.path);
  } catch (error) {
    if (error instanceof UnblurError && error.code === "config") return null;
    throw error;
  }
}

/** @file Files and their surroundings at their worst, one trial after the other; see `file-trials.ts`. */
import { Rng } from "../../src/base/random.js";
import { lacks, NEEDS } from "../machine.js";
import { FILE_TRIALS } from "./file-trials.js";
import type { Outcome, PartOptions, RobustnessPart } from "./part.js";
import { openWorkshop } from "./workshop.js";

const TRIALS = Object.entries(FILE_TRIALS);

async function* run({ seed, first, count }: PartOptions): AsyncGenerator<Outcome> {
  using workshop = await openWorkshop();
  for (let index = first; index < first + count; index++) {
    const [name, trial] = TRIALS[index % TRIALS.length]!;
    const startedAt = performance.now();
    let detail: string | null = null;
    if (trial.needs !== undefined && lacks(trial.needs))
      console.warn(`robustness: left out: ${name}: ${NEEDS[trial.needs].remedy}`);
    else
      detail = await trial
        .run(workshop, workshop.folder(), Rng.fromSeed(seed).fork("files", index))
        .catch((error: Error) => error.stack ?? error.message);
    yield {
      trial: index,
      ending: detail === null ? "accepted" : "failed",
      detail: detail === null ? "" : `${name}: ${detail}`,
      elapsedMs: Math.round(performance.now() - startedAt),
    };
  }
}

export const files: RobustnessPart = {
  summary: "full, read-only and shared disks, files in the way, signals, closed outputs",
  testCount: TRIALS.length,
  share: 200,
  run,
};

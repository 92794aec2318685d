/**
 * @file Trains the small network for 1,000 steps and prints the resident size in MB, every 100 steps, as a JSON list.
 */
import { RunFolder } from "../../platform/node/runs/run-folder.js";
import { train } from "../../src/training/loop.js";
import { tinyBatches, tinyObjective } from "./tiny-objective.js";
import { tinyRun } from "./tiny-run.js";

const run = await RunFolder.create(process.argv[2]!, "memory", {});
// A tensor of a batch is 108 KB, the state 42 KB (10 tensors): one batch tensor left behind at each step makes 70 MB.
const options = { objective: tinyObjective(4, 48, 16), batches: tinyBatches(4, 48), steps: 1000, keep: 1 };
const residentMb: number[] = [];
for await (const event of train(tinyRun(run, { ...options, checkpointEvery: { steps: 50, minutes: 1000 } }))) {
  if (event.type !== "step" || event.step % 100 !== 0) continue;
  globalThis.gc?.();
  residentMb.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
}
process.stdout.write(JSON.stringify(residentMb));

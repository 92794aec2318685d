/**
 * @file Trains the small network in the run folder given as argument until it is killed; saves after every third step.
 */
import { RunFolder } from "../../platform/node/runs/run-folder.js";
import { tinyObjective } from "./tiny-objective.js";
import { eventsOf, tinyRun } from "./tiny-run.js";

const run = await RunFolder.open(process.argv[2]!);
// A network of 0.8 MB of state, so that writing takes long enough to be hit.
const objective = tinyObjective(2, 16, 600);
await eventsOf(
  tinyRun(run, { objective, steps: 1e9, keep: 2, checkpointEvery: { steps: 3, minutes: 1000 }, resume: true }),
);

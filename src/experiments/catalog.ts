/** @file Every experiment once, in the order of the paper. */
import type { Experiment } from "./plan.js";
import { table1 } from "./table-1.js";

export const EXPERIMENTS: readonly Experiment[] = [table1];
export const EXPERIMENT_NAMES = EXPERIMENTS.map(({ name }) => name);

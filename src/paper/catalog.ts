/** @file Catalog of the experiments, in the order of the paper. */
import { attention } from "./attention.js";
import { figure3 } from "./figure-3.js";
import { figure4 } from "./figure-4.js";
import { figure1, figure2 } from "./figures-1-2.js";
import type { Experiment } from "./plan.js";
import { sde } from "./sde.js";
import { table1 } from "./table-1.js";

export const EXPERIMENTS: readonly Experiment[] = [table1, figure1, figure2, figure3, figure4, attention, sde];
export const EXPERIMENT_NAMES = EXPERIMENTS.map(({ name }) => name);

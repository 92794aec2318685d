/** @file All golden checks. A new one is listed here. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GoldenCheck } from "./check.js";
import { checkpointChecks } from "./checks/checkpoints.js";
import { degradationChecks } from "./checks/degradation.js";
import { diffusionChecks } from "./checks/diffusion.js";
import { ganLossChecks } from "./checks/gan-losses.js";
import { ganTrainingChecks } from "./checks/gan-training.js";
import { wienerStepCheck } from "./checks/known-kernel.js";
import { lpipsChecks } from "./checks/lpips.js";
import { maximChecks } from "./checks/maxim.js";
import { metricsChecks } from "./checks/metrics.js";
import { networkChecks } from "./checks/networks.js";
import { opsChecks } from "./checks/ops.js";
import { predictChecks } from "./checks/predict.js";

const CHECKS: Readonly<Record<string, (root: string) => readonly GoldenCheck[]>> = {
  ops: () => opsChecks,
  networks: networkChecks,
  checkpoints: checkpointChecks,
  diffusion: () => diffusionChecks,
  metrics: metricsChecks,
  degradation: () => degradationChecks,
  maxim: maximChecks,
  lpips: lpipsChecks,
  nonblind: () => [wienerStepCheck],
  predict: predictChecks,
  losses: ganLossChecks,
  training: ganTrainingChecks,
};

/** The fixtures' folders. */
export const FOLDERS = Object.keys(CHECKS);

/** The checks of the folders that are there. */
export const checksOf = (root: string): GoldenCheck[] =>
  Object.entries(CHECKS).flatMap(([folder, checks]) => (existsSync(join(root, folder)) ? checks(root) : []));

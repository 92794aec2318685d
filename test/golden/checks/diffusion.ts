/** @file The fixtures of `diffusion/`: which files are checked, and by what. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import type { GoldenCheck } from "../check.js";
import { checkBetaSchedules } from "./diffusion/beta-schedules.js";
import { checkDdpmChain } from "./diffusion/ddpm-chain.js";
import { checkDiffusersSchedulers } from "./diffusion/diffusers-schedulers.js";
import { checkEdmKdiffusion } from "./diffusion/edm-kdiffusion.js";
import { checkGottaGoFast } from "./diffusion/gotta-go-fast.js";
import { checkI2sb } from "./diffusion/i2sb.js";
import { checkScoreSde } from "./diffusion/score-sde.js";
import { type Outcome, type Tensors, tensorsOf } from "./outcome.js";

const json = (root: string, file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
const tensors = (root: string, file: string): Tensors =>
  tensorsOf(parseSafetensors(readFileSync(join(root, file)), file));

/** A JSON file with the tensors beside it. */
const pair = (name: string, check: (json: unknown, tensors: Tensors) => Promise<Outcome[]>): GoldenCheck => {
  const [text, numbers] = [`diffusion/${name}.json`, `diffusion/${name}.safetensors`] as const;
  return { files: [text, numbers], check: (root) => check(json(root, text), tensors(root, numbers)) };
};

export const diffusionChecks: readonly GoldenCheck[] = [
  {
    files: ["diffusion/beta_schedules.json"],
    check: async (root) => checkBetaSchedules(json(root, "diffusion/beta_schedules.json")),
  },
  pair("ddpm_chain", checkDdpmChain),
  pair("diffusers_schedulers", checkDiffusersSchedulers),
  pair("score_sde", checkScoreSde),
  pair("gotta_go_fast", checkGottaGoFast),
  pair("i2sb", checkI2sb),
  pair("edm_kdiffusion", checkEdmKdiffusion),
];

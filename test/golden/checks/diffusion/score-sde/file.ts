/** @file Content of score_sde.json, its SDEs as ours, and the exact score of its data. */
import * as z from "zod";
import type { NoiseLevel } from "../../../../../src/diffusion/denoiser.js";
import { levelAt } from "../../../../../src/diffusion/schedule.js";
import { createSchedule } from "../../../../../src/diffusion/schedule-catalog.js";
import type { Sde } from "../../../../../src/diffusion/sde.js";
import { createSde, type SdeInput } from "../../../../../src/diffusion/sde-catalog.js";

const numbers = z.array(z.number());
export const KINDS = ["vp", "subvp", "ve"] as const;
export type Kind = (typeof KINDS)[number];
const sdeName = z.enum(KINDS);
const coefficientsSchema = z.object({
  t: numbers,
  drift_over_x: numbers,
  diffusion: numbers,
  mean_coef: numbers,
  std: numbers,
  discretize_f_over_x: numbers,
  discretize_G: numbers,
  prior_logp_of_ones_1xCHW: z.number(),
  timestep_index: z.array(z.int()),
});
const stepSchema = z.object({
  key: z.string(),
  sde: sdeName,
  t: z.number(),
  snr: z.number(),
  predictors: z.array(z.enum(["reverse_diffusion", "euler_maruyama", "ancestral_sampling"])),
  correctors: z.array(z.enum(["langevin_n1", "langevin_n2", "ald_n1"])),
});
const odeSchema = z.object({
  sde: sdeName,
  eps: z.number(),
  rtol: z.number(),
  atol: z.number(),
  nfev: z.int(),
  t_steps: numbers,
  rk45_vs_exact: z.number(),
});
const runSchema = z.object({
  key: z.string(),
  sde: sdeName,
  predictor: z.enum(["euler_maruyama", "reverse_diffusion", "ancestral_sampling", "none"]),
  corrector: z.enum(["none", "langevin"]),
  N: z.int(),
  snr: z.number(),
  timesteps: numbers,
});
export const fileSchema = z.object({
  gauss: z.object({ s: z.number() }),
  N: z.int(),
  params: z.record(sdeName, z.tuple([z.number(), z.number()])),
  coefficients: z.record(sdeName, coefficientsSchema),
  steps: z.array(stepSchema),
  ode: z.array(odeSchema),
  pc: z.array(runSchema),
});
export type ScoreSdeFile = z.infer<typeof fileSchema>;
type Params = z.infer<typeof fileSchema>["params"];

const CONFIGS: Record<Kind, (low: number, high: number) => SdeInput> = {
  vp: (betaMin, betaMax) => ({ kind: "vp", betaMin, betaMax }),
  subvp: (betaMin, betaMax) => ({ kind: "sub-vp", betaMin, betaMax }),
  ve: (sigmaMin, sigmaMax) => ({ kind: "ve", sigmaMin, sigmaMax }),
};
export const sdeFrom = (kind: Kind, params: Params): Sde => createSde(CONFIGS[kind](...params[kind]));

/** The N discrete levels of published code, index 0 the least noisy; none for sub-VP. */
export function chainOf(kind: Kind, params: Params, N: number): readonly NoiseLevel[] | null {
  const [low, high] = params[kind];
  if (kind === "subvp") return null;
  if (kind === "ve") return Array.from({ length: N }, (_, i) => sdeFrom(kind, params).levelAt(i / (N - 1)));
  const schedule = createSchedule({ kind: "linear", T: N, start: low / N, end: high / N });
  return Array.from({ length: N }, (_, i) => levelAt(schedule, i));
}
export const indexOf = (t: number, N: number): number => Math.floor(t * (N - 1));

/** The exact score at t, of one or more images. */
export function scoreAt(sde: Sde, t: number, s: number, mean: Float32Array, x: Float32Array): Float32Array {
  const { signal, noise } = sde.levelAt(t);
  const variance = (signal * s) ** 2 + noise ** 2;
  return x.map((value, i) => -(value - signal * mean[i % mean.length]!) / variance);
}

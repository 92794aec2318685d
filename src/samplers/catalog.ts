/**
 * @file Catalog of samplers, from which command lines, forms and configs choose; the schema holds defaults and help.
 */
import * as z from "zod";
import { argumentError } from "../base/errors.js";
import { problemsOf } from "../base/problems.js";
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import type { Sde, SdeFamily } from "../diffusion/sde.js";
import { adaptiveSde, adaptiveSdeSchema } from "./adaptive-sde.js";
import { ancestral, ancestralSchema } from "./ancestral.js";
import { ddim, ddimSchema } from "./ddim.js";
import { dpm2s, dpm2sSchema } from "./dpm-2s.js";
import { dpmSolver, dpmSolverSchema } from "./dpm-solver.js";
import { eulerMaruyama, eulerMaruyamaSchema } from "./euler-maruyama.js";
import { heun, heunSchema } from "./heun.js";
import { lms, lmsSchema } from "./lms.js";
import { NO_LANGEVIN, predictorCorrector, predictorCorrectorSchema } from "./predictor-corrector.js";
import { probabilityFlow, probabilityFlowSchema } from "./probability-flow.js";
import { reverseDiffusion, reverseDiffusionSchema } from "./reverse-diffusion.js";
import type { Sampler, Sampling, StepNoise } from "./sampling.js";
import { unipc, unipcSchema } from "./unipc.js";

export const samplerSchema = z.discriminatedUnion("kind", [
  ancestralSchema,
  ddimSchema,
  dpmSolverSchema,
  unipcSchema,
  heunSchema,
  dpm2sSchema,
  lmsSchema,
  eulerMaruyamaSchema,
  reverseDiffusionSchema,
  predictorCorrectorSchema,
  probabilityFlowSchema,
  adaptiveSdeSchema,
]);

/** A sampler with every default filled in; `SamplerInput` may leave options out. */
export type SamplerConfig = z.infer<typeof samplerSchema>;
export type SamplerInput = z.input<typeof samplerSchema>;
export type SamplerKind = SamplerConfig["kind"];

interface SamplerEntry<Config> {
  readonly summary: string;
  readonly sample: Sampler<Config>;
  /** Number of evaluations in `steps` steps; null if the sampler chooses its steps itself and ignores `steps`. */
  readonly evaluations: (steps: number, config: Config) => number | null;
  /** Families of processes that it cannot sample, each with the reason. */
  readonly cannot?: Partial<Record<SdeFamily, string>>;
}

/** Evaluations of samplers with one evaluation per step. */
const oncePerStep = (steps: number): number => steps;
/** Evaluations of samplers that choose their steps themselves. */
const adaptive = (): null => null;

export const samplers: { readonly [K in SamplerKind]: SamplerEntry<Extract<SamplerConfig, { kind: K }>> } = {
  ancestral: {
    summary: "adds noise in every step; the paper's sampler",
    sample: ancestral,
    evaluations: oncePerStep,
  },
  ddim: {
    summary: "no noise after the start unless eta is above 0; good with few steps",
    sample: ddim,
    evaluations: oncePerStep,
  },
  "dpm-solver": {
    summary: "DPM-Solver++(2M) and its relatives; best for 5 to 50 steps; Lu et al. 2022",
    sample: dpmSolver,
    evaluations: oncePerStep,
  },
  unipc: {
    summary: "predicts each step, then corrects it with the next output; 5 to 20 steps; Zhao et al. 2023",
    sample: unipc,
    evaluations: oncePerStep,
  },
  heun: {
    summary: "second order with two evaluations per step; with churn EDM's sampler; Karras et al. 2022",
    sample: heun,
    evaluations: (steps, { order }) => (order === 1 ? steps : 2 * steps - 1),
  },
  "dpm-2s": {
    summary: "second order with an evaluation in the middle of each step, single-step; Lu et al. 2022",
    sample: dpm2s,
    evaluations: (steps) => 2 * steps - 1,
  },
  lms: {
    summary: "a polynomial through the last slopes; 10 to 50 steps",
    sample: lms,
    evaluations: oncePerStep,
  },
  "euler-maruyama": {
    summary: "the reverse SDE in small time steps; needs hundreds",
    sample: eulerMaruyama,
    evaluations: oncePerStep,
  },
  "reverse-diffusion": {
    summary: "the reverse SDE in the steps of the forward process; needs hundreds",
    sample: reverseDiffusion,
    evaluations: oncePerStep,
  },
  "predictor-corrector": {
    summary: "Langevin steps at each level before the step to the next; needs hundreds",
    sample: predictorCorrector,
    evaluations: (steps, { correctorSteps }) => steps * (1 + correctorSteps),
    cannot: { "sub-vp": NO_LANGEVIN },
  },
  "probability-flow": {
    summary: "the probability-flow ODE by adaptive Runge-Kutta 5(4); no noise",
    sample: probabilityFlow,
    evaluations: adaptive,
  },
  "adaptive-sde": {
    summary: "the reverse SDE with adaptive steps; Jolicoeur-Martineau et al. 2021",
    sample: adaptiveSde,
    evaluations: adaptive,
  },
};

const entryOf = <K extends SamplerKind>(
  config: Extract<SamplerConfig, { kind: K }>,
): SamplerEntry<Extract<SamplerConfig, { kind: K }>> => samplers[config.kind as K];

/** Parses a sampler: a name, or JSON with options. Throws `argument` with the names that exist. */
export function samplerFromText(text: string): SamplerConfig {
  let input: unknown = { kind: text };
  if (text.trimStart().startsWith("{"))
    try {
      input = JSON.parse(text);
    } catch (cause) {
      throw argumentError("sampler", `not JSON (${String(cause)})`, text);
    }
  const result = samplerSchema.safeParse(input);
  if (result.success) return result.data;
  const known =
    typeof input === "object" && input !== null && "kind" in input && Object.hasOwn(samplers, String(input.kind));
  throw argumentError(
    "sampler",
    known ? problemsOf(result.error) : `expected one of ${Object.keys(samplers).join(", ")}`,
    text,
  );
}

/** Number of evaluations of a sampler in `steps` steps; null if it chooses its steps itself. */
export function evaluationsOf(config: SamplerInput, steps: number): number | null {
  const full = samplerSchema.parse(config);
  return entryOf(full).evaluations(steps, full);
}

/** Returns whether a sampler chooses its steps itself and ignores the requested number. */
export const choosesItsSteps = (config: SamplerInput): boolean => evaluationsOf(config, 1) === null;

/** Throws `argument`, with the reason, for a process that the sampler cannot sample. */
export function checkProcess({ kind }: SamplerInput, { family }: Sde): void {
  const reason = samplers[kind].cannot?.[family];
  if (reason) throw argumentError(kind, `${reason}; use another sampler`, `a ${family} process`);
}

/** Runs the sampler of a config. See `Sampler` for the ownership of arrays. Throws what `checkProcess` throws. */
export function sample(
  config: SamplerInput,
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  noise: StepNoise,
  sde?: Sde,
): Sampling {
  const full = samplerSchema.parse(config);
  if (sde) checkProcess(full, sde);
  return entryOf(full).sample(denoise, x, levels, noise, full, sde);
}

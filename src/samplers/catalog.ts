/** @file Every sampler once: what a command line, a form or a config may choose from, with defaults and help in the schema. */
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

/** A sampler with every default filled in; `SamplerInput` is what a caller may leave out. */
export type SamplerConfig = z.infer<typeof samplerSchema>;
export type SamplerInput = z.input<typeof samplerSchema>;
export type SamplerKind = SamplerConfig["kind"];

interface SamplerEntry<Config> {
  readonly summary: string;
  readonly sample: Sampler<Config>;
  /** How often `steps` steps ask the denoiser; null: the sampler chooses its steps itself, whatever `steps` says. */
  readonly evaluations: (steps: number, config: Config) => number | null;
  /** Holds no estimate any more when it asks for the next one, which may then be given in the same array. */
  readonly forgets?: true;
  /** Families of processes it cannot sample, and why. */
  readonly cannot?: Partial<Record<SdeFamily, string>>;
}

/** Of samplers that ask once a step. */
const oncePerStep = (steps: number): number => steps;
/** Of samplers that choose their steps themselves. */
const adaptive = (): null => null;

export const samplers: { readonly [K in SamplerKind]: SamplerEntry<Extract<SamplerConfig, { kind: K }>> } = {
  ancestral: {
    summary: "adds noise in every step; the paper's",
    sample: ancestral,
    evaluations: oncePerStep,
    forgets: true,
  },
  ddim: {
    summary: "no noise after the start unless eta says so; good with few steps",
    sample: ddim,
    evaluations: oncePerStep,
    forgets: true,
  },
  "dpm-solver": {
    summary: "DPM-Solver++(2M), and its relatives: the best of 5 to 50 steps; Lu et al. 2022",
    sample: dpmSolver,
    evaluations: oncePerStep,
  },
  unipc: {
    summary: "each step predicted, then corrected by the next output; 5 to 20 steps; Zhao et al. 2023",
    sample: unipc,
    evaluations: oncePerStep,
  },
  heun: {
    summary: "second order by asking twice a step; with churn EDM's sampler; Karras et al. 2022",
    sample: heun,
    evaluations: (steps, { order }) => (order === 1 ? steps : 2 * steps - 1),
  },
  "dpm-2s": {
    summary: "second order by asking once more in the middle of a step, remembering nothing; Lu et al. 2022",
    sample: dpm2s,
    evaluations: (steps) => 2 * steps - 1,
  },
  lms: {
    summary: "a polynomial through the last slopes; 10 to 50 steps",
    sample: lms,
    evaluations: oncePerStep,
  },
  "euler-maruyama": {
    summary: "the reverse SDE in small steps of time; needs hundreds",
    sample: eulerMaruyama,
    evaluations: oncePerStep,
    forgets: true,
  },
  "reverse-diffusion": {
    summary: "the reverse SDE in the forward process's own steps; needs hundreds",
    sample: reverseDiffusion,
    evaluations: oncePerStep,
    forgets: true,
  },
  "predictor-corrector": {
    summary: "Langevin steps at each level before the step to the next; needs hundreds",
    sample: predictorCorrector,
    evaluations: (steps, { correctorSteps }) => steps * (1 + correctorSteps),
    cannot: { "sub-vp": NO_LANGEVIN },
  },
  "probability-flow": {
    summary: "the ODE without noise, by Runge-Kutta 5(4) with steps as long as the tolerance allows",
    sample: probabilityFlow,
    evaluations: adaptive,
  },
  "adaptive-sde": {
    summary: "the reverse SDE with steps as long as the tolerance allows; Jolicoeur-Martineau et al. 2021",
    sample: adaptiveSde,
    evaluations: adaptive,
  },
};

const entryOf = <K extends SamplerKind>(
  config: Extract<SamplerConfig, { kind: K }>,
): SamplerEntry<Extract<SamplerConfig, { kind: K }>> => samplers[config.kind as K];

/** A sampler from what a user writes: its name, or JSON with options. Throws `argument` with the names there are. */
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

/** How often a sampler asks the denoiser in `steps` steps; null where it decides as it goes. */
export function evaluationsOf(config: SamplerInput, steps: number): number | null {
  const full = samplerSchema.parse(config);
  return entryOf(full).evaluations(steps, full);
}

/** Whether a denoiser may give this sampler every estimate in the same array. */
export const forgets = ({ kind }: SamplerInput): boolean => samplers[kind].forgets === true;

/** Whether a sampler goes its own way between the first level and the last noisy one, whatever the number of steps. */
export const choosesItsSteps = (config: SamplerInput): boolean => evaluationsOf(config, 1) === null;

/**
 * Runs the sampler a config names. See `Sampler` for who owns which array. Throws `argument`, with the reason, for a process it
 * cannot sample.
 */
export function sample(
  config: SamplerInput,
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  noise: StepNoise,
  sde?: Sde,
): Sampling {
  const full = samplerSchema.parse(config);
  const entry = entryOf(full);
  const reason = sde && entry.cannot?.[sde.family];
  if (reason) throw argumentError(full.kind, `${reason}; use another sampler`, `a ${sde.family} process`);
  return entry.sample(denoise, x, levels, noise, full, sde);
}

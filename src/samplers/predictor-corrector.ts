/**
 * @file Predictor-corrector sampling (Song et al. 2021, appendix G, algorithms 1 to 5): at each level some steps of
 * Langevin dynamics, which correct the distribution at that level, then a step to the next level. As in published code
 * the corrector comes before the predictor, at the level from which both start.
 */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import type { Sde } from "../diffusion/sde.js";
import { ancestralUpdate } from "./ancestral.js";
import { eulerMaruyamaUpdate } from "./euler-maruyama.js";
import { requireSde, updateInTime } from "./in-time.js";
import { reverseDiffusionStep } from "./reverse-diffusion.js";
import type { Sampler, SamplingStep } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { checkLevels } from "./walk.js";

const PREDICTORS = ["reverse-diffusion", "euler-maruyama", "ancestral"] as const;
const CORRECTORS = ["langevin", "annealed"] as const;

export const predictorCorrectorSchema = z.strictObject({
  kind: z.literal("predictor-corrector"),
  predictor: z.enum(PREDICTORS).default("reverse-diffusion").describe("step from one level to the next"),
  corrector: z
    .enum(CORRECTORS)
    .default("langevin")
    .describe("size of a Langevin step: from the norms of score and noise, or from the level's noise"),
  correctorSteps: z.int().min(1).max(1000).default(1).describe("number of Langevin steps at each level"),
  snr: z.number().positive().default(0.16).describe("ratio of noise to score in a Langevin step"),
});
export type PredictorCorrectorOptions = z.infer<typeof predictorCorrectorSchema>;

/** Published for VE and VP only; see `correctorAlpha`. */
export const NO_LANGEVIN =
  "the size of a Langevin step depends on alpha of the discrete chain (Song et al. 2021, algorithms 4 and 5), defined for VE " +
  "and VP only";

/**
 * Alpha in a step's size: 1 - beta of the step from `from` to `to` where variance is preserved, 1 in an exploding
 * process.
 */
export const correctorAlpha = (from: NoiseLevel, to: NoiseLevel): number => (from.signal / to.signal) ** 2;

interface StepSizeProblem {
  readonly snr: number;
  readonly alpha: number;
  readonly level: NoiseLevel;
  /** Euclidean norms of the whole image's score and noise. */
  readonly norms: () => { readonly score: number; readonly noise: number };
}

/** The step size: x becomes x + size score + sqrt(2 size) z. */
export const stepSizes = {
  langevin: ({ snr, alpha, norms }) => {
    const { score, noise } = norms();
    return score > 0 ? 2 * alpha * ((snr * noise) / score) ** 2 : 0;
  },
  annealed: ({ snr, alpha, level }) => 2 * alpha * (snr * level.noise) ** 2,
} as const satisfies Record<(typeof CORRECTORS)[number], (problem: StepSizeProblem) => number>;

/** Update with score = (signal denoised - x) / noise^2 substituted. */
export function langevinUpdate({ signal, noise }: NoiseLevel, size: number): Update {
  const pull = size / noise ** 2;
  return { x0: pull * signal, xt: 1 - pull, noise: Math.sqrt(2 * size) };
}

/** Norms of the score implied by a denoiser's estimate, and of the noise z. */
export function normsOf(x: Float32Array, denoised: Float32Array, { signal, noise }: NoiseLevel, z: Float32Array) {
  let [score, fresh] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    score += (signal * denoised[i]! - x[i]!) ** 2;
    fresh += z[i]! ** 2;
  }
  return { score: Math.sqrt(score) / noise ** 2, noise: Math.sqrt(fresh) };
}

const predictors: Record<
  (typeof PREDICTORS)[number],
  (where: string, sde: Sde | undefined, from: NoiseLevel, to: NoiseLevel) => Update
> = {
  ancestral: (_where, _sde, from, to) => ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" }),
  "reverse-diffusion": (_where, _sde, from, to) => reverseDiffusionStep(from, to, { ode: false }),
  "euler-maruyama": (where, given, from, to) => {
    const sde = requireSde(where, given);
    return updateInTime(where, sde, from, to, (t, h) => eulerMaruyamaUpdate(sde, t, h));
  },
};

/**
 * See `Sampler` for the ownership of arrays. Noise of a step is drawn for each corrector step, then for the predictor.
 */
export const predictorCorrector: Sampler<PredictorCorrectorOptions> = async function* (
  denoise,
  x,
  levels,
  noise,
  options,
  sde,
) {
  checkLevels("predictor-corrector", levels);
  const total = levels.length - 1;
  let spent: Float32Array | undefined;
  for (let index = 0; index < total; index++) {
    const [level, next] = [levels[index]!, levels[index + 1]!];
    const where = `predictor-corrector: step ${index + 1} of ${total}`;
    const draw = index * (options.correctorSteps + 1);
    const alpha = correctorAlpha(level, next);
    // Without signal x_t is pure noise and the score is that of pure noise, so there is nothing to correct.
    for (let k = 0; k < options.correctorSteps && alpha > 0; k++) {
      const denoised = await denoise(x, level, spent);
      const z = noise(draw + k, 0, x.length);
      const norms = () => normsOf(x, denoised, level, z);
      const size = stepSizes[options.corrector]({ snr: options.snr, alpha, level, norms });
      applyUpdate(where, x, denoised, langevinUpdate(level, size), (start, count) => z.subarray(start, start + count));
      spent = denoised;
    }
    const step: SamplingStep = { index, total, level, x, denoised: await denoise(x, level, spent) };
    yield step;
    applyUpdate(where, x, step.denoised, predictors[options.predictor](where, sde, level, next), (start, count) =>
      noise(draw + options.correctorSteps, start, count),
    );
    spent = step.denoised;
  }
  return x;
};

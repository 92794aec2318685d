/**
 * @file DPM-Solver-2 and DPM-Solver++(2S) (Lu et al. 2022), single-step: a second evaluation in the middle of each
 * step, in log(signal / noise). With eta 1 a step ends below the next level and adds the missing noise, as ancestral
 * sampling does. These are k-diffusion's sample_dpm_2, sample_dpm_2_ancestral and sample_dpmpp_2s_ancestral.
 */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { levelAtSigma, sigmaOf } from "../diffusion/noise-level.js";
import { ddimUpdate } from "./ddim.js";
import { estimateOf, isPlainStep, lambdaOf } from "./multistep.js";
import type { Sampler, SamplingStep } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { checkLevels } from "./walk.js";

export const dpm2sSchema = z.strictObject({
  kind: z.literal("dpm-2s"),
  target: z
    .enum(["x0", "eps"])
    .default("x0")
    .describe("quantity that is assumed to change slowly: the image or the noise"),
  eta: z.number().min(0).max(1).default(0).describe("0: no noise after the start; 1: as much as ancestral sampling"),
});
export type Dpm2sOptions = z.infer<typeof dpm2sSchema>;

/** The level to step down to, and the deviation of the noise that leads from it to `to`: the posterior's, times eta. */
function ancestralLevels(from: NoiseLevel, to: NoiseLevel, eta: number): { down: NoiseLevel; added: number } {
  const [now, next] = [sigmaOf(from), sigmaOf(to)];
  const up = Math.min(next, eta * Math.sqrt(Math.max(0, (next ** 2 * (now ** 2 - next ** 2)) / now ** 2)));
  return { down: levelAtSigma(Math.sqrt(Math.max(0, next ** 2 - up ** 2)), to), added: up * to.signal };
}

/** Update between two levels, exact for a constant estimate; `x0` is the weight of the solver's target. */
const exponentialUpdate = (from: NoiseLevel, to: NoiseLevel, target: Dpm2sOptions["target"]): Update =>
  target === "x0"
    ? { xt: to.noise / from.noise, x0: to.signal - (from.signal * to.noise) / from.noise, noise: 0 }
    : { xt: to.signal / from.signal, x0: to.noise - (to.signal * from.noise) / from.signal, noise: 0 };

const NO_NOISE = () => new Float32Array(0);

/** See `Sampler` for the ownership of arrays. Also holds x before the step. */
export const dpm2s: Sampler<Dpm2sOptions> = async function* (denoise, x, levels, noise, { target, eta }) {
  checkLevels("dpm-2s", levels);
  const total = levels.length - 1;
  for (let index = 0; index < total; index++) {
    const [from, to] = [levels[index]!, levels[index + 1]!];
    const where = `dpm-2s: step ${index + 1} of ${total}`;
    const denoised = await denoise(x, from);
    const step: SamplingStep = { index, total, level: from, x, denoised };
    yield step;
    const fresh = (start: number, count: number) => noise(index, start, count);
    const { down, added } = isPlainStep(from, to) ? { down: to, added: 0 } : ancestralLevels(from, to, eta);
    if (isPlainStep(from, down)) {
      applyUpdate(where, x, denoised, { ...ddimUpdate(from, down, { eta: 0 }), noise: added }, fresh);
      continue;
    }
    const middle = levelAtSigma(Math.exp(-(lambdaOf(from) + lambdaOf(down)) / 2), to);
    const before = x.slice();
    const first = estimateOf(where, target, x, denoised, from);
    applyUpdate(where, x, first.values, exponentialUpdate(from, middle, target), NO_NOISE);
    const second = estimateOf(where, target, x, await denoise(x, middle), middle);
    x.set(before);
    applyUpdate(where, x, second.values, { ...exponentialUpdate(from, down, target), noise: added }, fresh);
  }
  return x;
};

/**
 * @file Linear multistep method (Adams-Bashforth) for the ODE in sigma = noise / signal, with coefficients for uneven
 * steps: the polynomial through the last slopes is integrated over the next step. k-diffusion's sample_lms.
 */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { sigmaOf } from "../diffusion/noise-level.js";
import { ddimUpdate } from "./ddim.js";
import { estimateOf, isPlainStep, weightedSum } from "./multistep.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate } from "./update.js";
import { walk } from "./walk.js";

export const lmsSchema = z.strictObject({
  kind: z.literal("lms"),
  order: z.int().min(1).max(4).default(4).describe("number of slopes used, the newest included"),
  estimateAtEnd: z
    .boolean()
    .default(true)
    .describe("the last step returns the estimate itself; otherwise it is a step of the method, as in k-diffusion"),
});
export type LmsOptions = z.infer<typeof lmsSchema>;

/**
 * Integral from a to b of the Lagrange polynomial that is 1 at places[k] and 0 at the others, exact by its
 * coefficients.
 */
function lagrangeIntegral(places: readonly number[], k: number, a: number, b: number): number {
  // Centred at the middle of the interval, so that powers stay small.
  const middle = (a + b) / 2;
  let coefficients = [1];
  places.forEach((place, j) => {
    if (j === k) return;
    const [root, gap] = [place - middle, places[k]! - place];
    coefficients = [0, ...coefficients].map((shifted, i) => (shifted - root * (coefficients[i] ?? 0)) / gap);
  });
  const half = (b - a) / 2;
  return coefficients.reduce((sum, c, i) => sum + (c * (half ** (i + 1) - (-half) ** (i + 1))) / (i + 1), 0);
}

interface Slope {
  readonly sigma: number;
  readonly values: Float32Array;
}

/** See `Sampler` for the ownership of arrays. Also holds as many slopes as its order. */
export const lms: Sampler<LmsOptions> = (denoise, x, levels, _noise, { order, estimateAtEnd }) => {
  let known: readonly Slope[] = [];
  return walk("lms", denoise, x, levels, (denoised, from: NoiseLevel, to: NoiseLevel, _index, where) => {
    if (from.signal === 0) {
      applyUpdate(where, x, denoised, ddimUpdate(from, to, { eta: 0 }), () => denoised);
      return denoised;
    }
    const { values } = estimateOf(where, "eps", x, denoised, from);
    const [now, next] = [sigmaOf(from), sigmaOf(to)];
    known = [{ sigma: now, values }, ...known.filter(({ sigma }) => sigma !== now)].slice(0, order);
    if (estimateAtEnd && isPlainStep(from, to)) {
      applyUpdate(where, x, denoised, { x0: to.signal, xt: 0, noise: 0 }, () => denoised);
      return denoised;
    }
    const places = known.map(({ sigma }) => sigma);
    const sum = weightedSum(
      known.map((slope, k) => [to.signal * lagrangeIntegral(places, k, now, next), slope.values] as const),
    );
    applyUpdate(where, x, sum, { x0: 1, xt: to.signal / from.signal, noise: 0 }, () => sum);
    return denoised; // the slope is a copy
  });
};

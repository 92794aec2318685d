/**
 * @file The adaptive solver of the reverse SDE by Jolicoeur-Martineau et al. 2021 ("Gotta Go Fast When Generating Data
 * with Score-Based Models", algorithm 1; the paper's reference 12). The stochastic improved Euler method on the same
 * noise as Euler-Maruyama gives the error estimate and, by extrapolation, the result.
 */
import * as z from "zod";
import { shapeError, UnblurError } from "../base/errors.js";
import type { Denoiser } from "../diffusion/denoiser.js";
import { reverseDrift, type Sde } from "../diffusion/sde.js";
import { requireSde, spanOf } from "./in-time.js";
import type { Sampler } from "./sampling.js";

export const adaptiveSdeSchema = z.strictObject({
  kind: z.literal("adaptive-sde"),
  absoluteTolerance: z
    .number()
    .positive()
    .default(0.0078)
    .describe("tolerated error of a step; the default is one of 256 levels of [-1, 1]"),
  relativeTolerance: z
    .number()
    .positive()
    .default(0.02)
    .describe("tolerated error of a step, relative to a pixel's value"),
  firstStep: z.number().positive().max(1).default(0.01).describe("length of the first trial, as a share of the time"),
});
export type AdaptiveSdeOptions = z.infer<typeof adaptiveSdeSchema>;

const NAME = "adaptive-sde";
/** The next step is 0.9 error^-0.9 times this one. */
const [SAFETY, POWER] = [0.9, 0.9];
/** Distance to the end at which the end counts as reached, as in published code. */
const CLOSE = 1e-6;

/** -h (drift of the reverse SDE) + g sqrt(h) z at (t, x): a step of Euler-Maruyama, without x itself. */
function increment(
  sde: Sde,
  t: number,
  x: Float32Array,
  denoised: Float32Array,
  h: number,
  g: number,
  z: Float32Array,
) {
  const { x0, xt } = reverseDrift(sde, t, 1);
  const spread = g * Math.sqrt(h);
  return denoised.map((value, i) => spread * z[i]! - h * (x0 * value + xt * x[i]!));
}

/** Root mean square of half the difference of the increments, in units of the tolerance. */
function errorOf(
  x: { readonly before: Float32Array; readonly euler: Float32Array },
  first: Float32Array,
  second: Float32Array,
  { absoluteTolerance, relativeTolerance }: AdaptiveSdeOptions,
): number {
  let sum = 0;
  for (let i = 0; i < first.length; i++) {
    const size = Math.max(Math.abs(x.before[i]!), Math.abs(x.euler[i]!));
    const tolerance = Math.max(absoluteTolerance, relativeTolerance * size);
    sum += ((second[i]! - first[i]!) / 2 / tolerance) ** 2;
  }
  return Math.sqrt(sum / first.length);
}

/**
 * See `Sampler` for the ownership of arrays; this sampler holds four more of x's size while it waits. An accepted step
 * takes two estimates, each rejected trial one more. Uses only the first and the last two of `levels`. As published,
 * each trial draws fresh noise, also after a rejection. This biases results a little, because large noise is rejected
 * more often. The last estimate is the result: published code adds variance times score at the end, but does not divide
 * by the signal.
 */
export const adaptiveSde: Sampler<AdaptiveSdeOptions> = async function* (denoise, x, levels, noise, options, given) {
  const sde = requireSde(NAME, given);
  const { start, end, toClean } = spanOf(NAME, sde, levels);
  const estimate: Denoiser = async (at, level) => {
    const out = await denoise(at, level);
    if (out.length !== at.length) throw shapeError(NAME, `${at.length} values from the denoiser`, [out.length]);
    return out;
  };
  let t = start;
  let h = Math.min(options.firstStep, start - end);
  let index = 0;
  let draws = 0;
  let before = x.slice();
  let denoised = await estimate(x, sde.levelAt(t));
  for (; t - end > CLOSE; index++) {
    yield {
      index,
      total: index + Math.ceil((t - end) / h - 1e-9) + (toClean ? 1 : 0),
      level: sde.levelAt(t),
      x,
      denoised,
    };
    for (let accepted = false; !accepted; ) {
      const z = noise(draws++, 0, x.length);
      const first = increment(sde, t, x, denoised, h, sde.diffusion(t), z);
      const euler = x.map((value, i) => value + first[i]!);
      const there = t - h;
      const second = increment(
        sde,
        there,
        euler,
        await estimate(euler, sde.levelAt(there)),
        h,
        sde.diffusion(there),
        z,
      );
      const error = errorOf({ before, euler }, first, second, options);
      if (!Number.isFinite(error) || !(there < t))
        throw new UnblurError(
          "numeric",
          `${NAME}: step ${index + 1}, t = ${t}: NaN or infinity in the image, or no step is short enough for the tolerance; ` +
            "check the input and the weights, or allow a larger tolerance",
        );
      accepted = error <= 1;
      if (accepted) {
        for (let i = 0; i < x.length; i++) x[i]! += (first[i]! + second[i]!) / 2;
        before = euler;
        t = there;
      }
      h = Math.min(Math.max(t - end, 0), SAFETY * h * error ** -POWER);
    }
    denoised = await estimate(x, sde.levelAt(t));
  }
  if (!toClean) return x;
  yield { index, total: index + 1, level: sde.levelAt(t), x, denoised };
  x.set(denoised);
  return x;
};

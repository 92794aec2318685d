/**
 * @file Heun's method for the ODE in sigma = noise / signal (Karras et al. 2022, algorithm 1 without its noise): a step by Euler, which is
 * DDIM's, then again with the mean of the slopes at both ends. Two evaluations a step, one for the last.
 */
import { z } from "zod";
import { shapeError } from "../base/errors.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { ddimUpdate } from "./ddim.js";
import type { Sampler, SamplingStep } from "./sampling.js";
import { applyUpdate } from "./update.js";
import { checkLevels } from "./walk.js";

export const heunSchema = z.strictObject({ kind: z.literal("heun") });
export type HeunOptions = z.infer<typeof heunSchema>;

const NO_NOISE = () => new Float32Array(0);

/**
 * The second half of a step: x at `to` from x at `from`, both estimates and the Euler point. In x / signal the slope is eps, and
 * eps = (x - signal denoised) / noise at each end.
 */
function correct(
  x: Float32Array,
  before: Float32Array,
  [atFrom, atTo]: readonly [Float32Array, Float32Array],
  from: NoiseLevel,
  to: NoiseLevel,
): void {
  const half = (to.signal * (to.noise / to.signal - from.noise / from.signal)) / 2;
  const keep = to.signal / from.signal;
  for (let i = 0; i < x.length; i++) {
    const first = (before[i]! - from.signal * atFrom[i]!) / from.noise;
    const second = (x[i]! - to.signal * atTo[i]!) / to.noise;
    x[i] = keep * before[i]! + half * (first + second);
  }
}

/** See `Sampler` for who owns which array. Holds x before the step beside x. A step from pure noise or to `CLEAN` is Euler's alone. */
export const heun: Sampler<HeunOptions> = async function* (denoise, x, levels) {
  checkLevels("heun", levels);
  const total = levels.length - 1;
  for (let index = 0; index < total; index++) {
    const [from, to] = [levels[index]!, levels[index + 1]!];
    const where = `heun: step ${index + 1} of ${total}`;
    const denoised = await denoise(x, from);
    const step: SamplingStep = { index, total, level: from, x, denoised };
    yield step;
    const before = x.slice();
    applyUpdate(where, x, denoised, ddimUpdate(from, to, { eta: 0 }), NO_NOISE);
    if (to.noise === 0 || from.signal === 0) continue;
    const ahead = await denoise(x, to);
    if (ahead.length !== x.length) throw shapeError(where, `${x.length} values from the denoiser`, [ahead.length]);
    correct(x, before, [denoised, ahead], from, to);
  }
  return x;
};

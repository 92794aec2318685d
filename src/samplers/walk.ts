/** @file The loop of samplers with one evaluation per step. */
import { argumentError } from "../base/errors.js";
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import type { Sampling, SamplingStep } from "./sampling.js";

/**
 * Throws `argument` unless there are at least two levels, each at most as noisy as the one before, and only the last
 * clean.
 */
export function checkLevels(where: string, levels: readonly NoiseLevel[]): void {
  if (levels.length < 2)
    throw argumentError(where, "expected at least two levels: the start and the end", levels.length);
  levels.slice(1).forEach((to, i) => {
    const from = levels[i]!;
    // Cross-multiplied, so that levels without signal or noise are no special cases. A step between equal levels does
    // nothing.
    const falls = from.noise > 0 && to.signal > 0 && from.signal * to.noise <= to.signal * from.noise * (1 + 1e-12);
    if (!falls)
      throw argumentError(
        where,
        "levels must go from noisy to clean, with signal in all but the first and noise in all but the last",
        `signal ${from.signal}, noise ${from.noise}, then signal ${to.signal}, noise ${to.noise} at step ${i}`,
      );
  });
}

/**
 * Updates x in place from one level to the next. `where` names the step in errors. Returns an array that it no longer
 * needs, for the next estimate, or undefined.
 */
export type Advance = (
  denoised: Float32Array,
  from: NoiseLevel,
  to: NoiseLevel,
  index: number,
  where: string,
) => Float32Array | undefined;

const NONE = new Float32Array(0);

/** Evaluates, yields and advances, from each level to the next. `name` is the sampler's, for errors. */
export async function* walk(
  name: string,
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  advance: Advance,
): Sampling {
  checkLevels(name, levels);
  const total = levels.length - 1;
  let spent: Float32Array | undefined;
  for (let index = 0; index < total; index++) {
    const [level, next] = [levels[index]!, levels[index + 1]!];
    // Only the step holds the estimate: a generator's variables outlive their block, so a variable would keep one more
    // large array.
    const step: { -readonly [K in keyof SamplingStep]: SamplingStep[K] } = {
      index,
      total,
      level,
      x,
      denoised: await denoise(x, level, spent),
    };
    yield step;
    spent = advance(step.denoised, level, next, index, `${name}: step ${index + 1} of ${total}`);
    step.denoised = NONE;
  }
  return x;
}

/** @file The loop of samplers that ask the denoiser once a step. */
import { argumentError } from "../base/errors.js";
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import type { Sampling, SamplingStep } from "./sampling.js";

/** Throws `argument` unless there are two levels or more, each at most as noisy as the one before and no clean one but the last. */
export function checkLevels(where: string, levels: readonly NoiseLevel[]): void {
  if (levels.length < 2)
    throw argumentError(where, "expected at least two levels: the start and the end", levels.length);
  levels.slice(1).forEach((to, i) => {
    const from = levels[i]!;
    // Cross-multiplied, so that no signal and no noise need no case of their own; equal levels are a step that does nothing.
    const falls = from.noise > 0 && to.signal > 0 && from.signal * to.noise <= to.signal * from.noise * (1 + 1e-12);
    if (!falls)
      throw argumentError(
        where,
        "levels must go from noisy to clean, with signal in all but the first and noise in all but the last",
        `signal ${from.signal}, noise ${from.noise}, then signal ${to.signal}, noise ${to.noise} at step ${i}`,
      );
  });
}

/** Takes x, in place, from one level to the next. `where` names the step in errors. */
export type Advance = (denoised: Float32Array, from: NoiseLevel, to: NoiseLevel, index: number, where: string) => void;

const NONE = new Float32Array(0);

/** Asks for an estimate, yields, advances: from each level to the next. `name` is the sampler's, for errors. */
export async function* walk(
  name: string,
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  advance: Advance,
): Sampling {
  checkLevels(name, levels);
  const total = levels.length - 1;
  for (let index = 0; index < total; index++) {
    const [level, next] = [levels[index]!, levels[index + 1]!];
    // Held by the step alone: a generator's variables outlive their block, and the next estimate would be a third large array.
    const step: { -readonly [K in keyof SamplingStep]: SamplingStep[K] } = {
      index,
      total,
      level,
      x,
      denoised: await denoise(x, level),
    };
    yield step;
    advance(step.denoised, level, next, index, `${name}: step ${index + 1} of ${total}`);
    step.denoised = NONE;
  }
  return x;
}

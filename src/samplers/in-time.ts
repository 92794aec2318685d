/** @file Shared parts of samplers that discretise the process in continuous time. */
import { argumentError } from "../base/errors.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { type Sde, timeOfLevel } from "../diffusion/sde.js";
import { ancestralUpdate } from "./ancestral.js";
import type { Update } from "./update.js";
import { checkLevels } from "./walk.js";

/** Throws `argument` if the caller did not pass the process of the levels. */
export function requireSde(where: string, sde: Sde | undefined): Sde {
  if (sde) return sde;
  throw argumentError(where, "expected the process in continuous time as the last argument; see sdeOf", sde);
}

/**
 * Update between two levels, t to t - h of the process. Two steps are those of ancestral sampling instead: the step
 * from pure noise, where the drift is infinite, draws x_s from the estimate; the step to the clean image, where the
 * score is infinite, returns the estimate itself.
 */
export function updateInTime(
  where: string,
  sde: Sde,
  from: NoiseLevel,
  to: NoiseLevel,
  update: (t: number, h: number) => Update,
): Update {
  if (from.signal === 0 || to.noise === 0)
    return ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" });
  const t = timeOfLevel(where, sde, from);
  return update(t, Math.max(t - timeOfLevel(where, sde, to), 0)); // equal levels may round below zero
}

export interface Span {
  readonly start: number;
  readonly end: number;
  /** Add a last step from `end` to the clean image. */
  readonly toClean: boolean;
}

/**
 * Time span of a sampler that chooses its own steps: from the first level (t = 1 if that has no signal) to the last
 * noisy level. The levels between do not matter.
 */
export function spanOf(where: string, sde: Sde, levels: readonly NoiseLevel[]): Span {
  checkLevels(where, levels);
  const time = (level: NoiseLevel): number => (level.signal === 0 ? 1 : timeOfLevel(where, sde, level));
  const toClean = levels.at(-1)!.noise === 0;
  return { start: time(levels[0]!), end: time(levels.at(toClean ? -2 : -1)!), toClean };
}

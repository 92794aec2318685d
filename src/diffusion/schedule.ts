/**
 * @file The forward process in discrete steps. Tables are float64: at T = 2000 alphaBar falls below the range of
 * float32.
 */
import { argumentError } from "../base/errors.js";
import type { NoiseLevel } from "./denoiser.js";
import { levelFromAlphaBar } from "./noise-level.js";

/** q(x_t | x_0) = N(sqrt(alphaBar_t) x_0, (1 - alphaBar_t) I); the paper's eq. 3. t = 0 is the least noisy. */
export interface NoiseSchedule {
  /** Number of steps. */
  readonly T: number;
  /** [T], in (0, 1]; only the last may be 1, which leaves no signal. */
  readonly betas: Float64Array;
  /** [T], strictly decreasing, in [0, 1): the running product of 1 - beta. */
  readonly alphaBars: Float64Array;
}

/** Throws `argument` unless all betas lie in (0, 1); the last may be 1. */
export function scheduleFromBetas(betas: Float64Array): NoiseSchedule {
  const T = betas.length;
  if (T === 0) throw argumentError("scheduleFromBetas", "expected at least one beta", "none");
  const alphaBars = new Float64Array(T);
  let product = 1;
  for (let t = 0; t < T; t++) {
    const beta = betas[t]!;
    if (!(beta > 0 && (t === T - 1 ? beta <= 1 : beta < 1)))
      throw argumentError("scheduleFromBetas", `betas must lie in (0, 1), the last may be 1; at t = ${t}`, beta);
    product *= 1 - beta;
    alphaBars[t] = product;
  }
  return { T, betas, alphaBars };
}

/** The level of index t, an integer in 0 .. T - 1. */
export function levelAt(schedule: NoiseSchedule, t: number): NoiseLevel {
  const alphaBar = schedule.alphaBars[t];
  if (alphaBar === undefined)
    throw argumentError("levelAt", `t must be an integer in 0 .. ${schedule.T - 1}, 0 is the least noisy`, t);
  return levelFromAlphaBar(alphaBar);
}

/** alphaBar of the step before t in the forward process: 1 before the first. */
export const alphaBarBefore = (schedule: NoiseSchedule, t: number): number =>
  t === 0 ? 1 : schedule.alphaBars[t - 1]!;

/**
 * @file The posterior at every index of a schedule in Ho et al.'s closed form, from the betas themselves: no digits are
 * lost to levels close together. `posterior` is compared with it.
 */
import { alphaBarBefore, type NoiseSchedule } from "../../src/diffusion/schedule.js";
import type { Posterior } from "../../src/diffusion/transition.js";

/** q(x_{t-1} | x_t, x_0) for t = 0 .. T - 1 (Ho et al. 2020, eqs. 6 and 7); variance 0 at t = 0. */
export function posteriorTable(schedule: NoiseSchedule): readonly Posterior[] {
  return Array.from(schedule.betas, (beta, t) => {
    const before = alphaBarBefore(schedule, t);
    const noise = 1 - schedule.alphaBars[t]!;
    return {
      x0: (beta * Math.sqrt(before)) / noise,
      xt: ((1 - before) * Math.sqrt(1 - beta)) / noise,
      variance: (beta * (1 - before)) / noise,
    };
  });
}

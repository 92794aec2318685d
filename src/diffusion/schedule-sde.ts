/**
 * @file A discrete schedule as a variance-preserving SDE, so that a network trained on DDPM's steps can be sampled in
 * continuous time. Index i of the schedule is t = (i + 1) / T, and t = 0 is clean. Between them the curve of
 * -log(alphaBar) is smooth; its slope is beta(t).
 */
import { monotoneCubic } from "./monotone-cubic.js";
import type { NoiseSchedule } from "./schedule.js";
import type { Sde } from "./sde.js";

/**
 * The levels at t = 1/T, 2/T, ... are those of the schedule. Beyond t = 1 the curve continues as a straight line. So it
 * does in place of a last level without signal, where beta(t) would be infinite.
 */
export function sdeFromSchedule({ T, alphaBars }: NoiseSchedule): Sde {
  const signalLeft = alphaBars.filter((alphaBar) => alphaBar > 0);
  const integrals = Float64Array.from([1, ...signalLeft], (alphaBar) => -Math.log(alphaBar));
  // A single level without signal has no curve to follow; any curve works that reaches pure noise.
  const curve = monotoneCubic(integrals.length > 1 ? integrals : Float64Array.of(0, 10));
  const stretch = T / Math.max(signalLeft.length, 1); // from t to the curve's parameter, 0 .. 1
  const integral = (t: number): number => curve.at(t * stretch);
  const beta = (t: number): number => curve.slopeAt(t * stretch) * stretch;
  return {
    family: "vp",
    drift: (t) => -0.5 * beta(t),
    diffusion: (t) => Math.sqrt(beta(t)),
    levelAt: (t) => ({ signal: Math.exp(-0.5 * integral(t)), noise: Math.sqrt(-Math.expm1(-integral(t))) }),
    timeOf: (ratio) => curve.inverse(Math.log1p(ratio ** 2)) / stretch,
    endTime: 1 / T,
  };
}

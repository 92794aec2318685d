/**
 * @file The forward process in continuous time: dx = f(t) x dt + g(t) dw, t from 0 (clean) to 1 (noise); the paper's
 * eqs. 9 to 11 (Song et al. 2021). All SDEs here are linear in x, so the marginal q(x_t | x_0) is a `NoiseLevel`, and a
 * level determines t.
 */
import { argumentError } from "../base/errors.js";
import type { NoiseLevel } from "./denoiser.js";

/** Families by the variance of x_t: preserved, at most preserved, or exploding. */
export const SDE_FAMILIES = ["vp", "sub-vp", "ve"] as const;
export type SdeFamily = (typeof SDE_FAMILIES)[number];

export interface Sde {
  readonly family: SdeFamily;
  /** f(t), the factor of x in the drift. */
  readonly drift: (t: number) => number;
  /** g(t), the amplitude of the noise. */
  readonly diffusion: (t: number) => number;
  /** The marginal at t in [0, 1]. */
  readonly levelAt: (t: number) => NoiseLevel;
  /** The t at which noise / signal is `ratio`, a positive number; outside [0, 1] if the process does not reach it. */
  readonly timeOf: (ratio: number) => number;
  /** Lower bound of t in training and sampling: towards 0 the score grows without bound. */
  readonly endTime: number;
}

/**
 * The t of a level. Throws `argument` unless the level belongs to the process, because a sampler would misread an image
 * of another scale. `where` names the caller.
 */
export function timeOfLevel(where: string, sde: Sde, level: NoiseLevel): number {
  const t = sde.timeOf(level.noise / level.signal);
  const own = sde.levelAt(t);
  const off = Math.abs(own.signal - level.signal) + Math.abs(own.noise - level.noise);
  if (!(off <= 1e-6 * (1 + level.noise)))
    throw argumentError(
      where,
      `expected levels of the ${sde.family} process itself; make them with samplingLevels`,
      `signal ${level.signal}, noise ${level.noise}`,
    );
  return t;
}

/** Coefficients of the reverse process or its ODE: the drift of x is `xt * x + x0 * denoised`, times dt, dt < 0. */
export interface ReverseDrift {
  readonly x0: number;
  readonly xt: number;
}

/**
 * f x - share g^2 score, with score = (signal denoised - x) / noise^2. share 1: the reverse SDE (eq. 10; Song et al.
 * 2021, eq. 6); share 1/2: the probability-flow ODE, which has the same marginals without noise (their eq. 13).
 */
export function reverseDrift(sde: Sde, t: number, share: number): ReverseDrift {
  const { signal, noise } = sde.levelAt(t);
  const pull = (share * sde.diffusion(t) ** 2) / noise ** 2;
  return { x0: -pull * signal, xt: sde.drift(t) + pull };
}

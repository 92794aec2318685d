/** @file The variance-preserving SDE (Song et al. 2021, eq. 11 and appendix C): the limit of DDPM's steps. */
import * as z from "zod";
import type { Sde } from "../sde.js";

export const betaRange = {
  betaMin: z.number().positive().default(0.1).describe("beta at t = 0"),
  betaMax: z.number().positive().default(20).describe("beta at t = 1"),
};
export const vpSchema = z.strictObject({ kind: z.literal("vp"), ...betaRange });

export interface BetaRange {
  readonly betaMin: number;
  readonly betaMax: number;
}

/** beta(t), its integral from 0 to t, and the inverse of that integral. */
export function linearBeta({ betaMin, betaMax }: BetaRange) {
  const rise = betaMax - betaMin;
  return {
    beta: (t: number): number => betaMin + rise * t,
    integral: (t: number): number => t * (betaMin + 0.5 * rise * t),
    // The root of the quadratic in the form that neither cancels nor divides by 0 when beta is constant.
    timeOf: (integral: number): number => (2 * integral) / (betaMin + Math.sqrt(betaMin ** 2 + 2 * rise * integral)),
  };
}

/** dx = -beta x / 2 dt + sqrt(beta) dw: signal^2 = exp(-B), noise^2 = 1 - exp(-B), B the integral of beta. */
export function vpSde(range: BetaRange): Sde {
  const { beta, integral, timeOf } = linearBeta(range);
  return {
    family: "vp",
    drift: (t) => -0.5 * beta(t),
    diffusion: (t) => Math.sqrt(beta(t)),
    levelAt: (t) => ({ signal: Math.exp(-0.5 * integral(t)), noise: Math.sqrt(-Math.expm1(-integral(t))) }),
    timeOf: (ratio) => timeOf(Math.log1p(ratio ** 2)),
    endTime: 1e-3,
  };
}

/**
 * @file The sub-variance-preserving SDE (Song et al. 2021, section 3.4 and appendix C): VP's signal with less noise.
 */
import * as z from "zod";
import type { Sde } from "../sde.js";
import { type BetaRange, betaRange, linearBeta } from "./vp.js";

export const subVpSchema = z.strictObject({ kind: z.literal("sub-vp"), ...betaRange });

/** dx = -beta x / 2 dt + sqrt(beta (1 - exp(-2 B))) dw: signal^2 = exp(-B), noise = 1 - exp(-B). */
export function subVpSde(range: BetaRange): Sde {
  const { beta, integral, timeOf } = linearBeta(range);
  return {
    family: "sub-vp",
    drift: (t) => -0.5 * beta(t),
    diffusion: (t) => Math.sqrt(-beta(t) * Math.expm1(-2 * integral(t))),
    levelAt: (t) => ({ signal: Math.exp(-0.5 * integral(t)), noise: -Math.expm1(-integral(t)) }),
    timeOf: (ratio) => timeOf(2 * Math.asinh(ratio / 2)), // noise / signal = 2 sinh(B / 2)
    endTime: 1e-3,
  };
}

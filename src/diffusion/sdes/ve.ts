/**
 * @file The variance-exploding SDE (Song et al. 2021, eq. 9 and appendix C): the limit of score matching with Langevin
 * dynamics.
 */
import * as z from "zod";
import type { Sde } from "../sde.js";

export const veSchema = z
  .strictObject({
    kind: z.literal("ve"),
    sigmaMin: z.number().positive().default(0.01).describe("deviation of the noise at t = 0"),
    sigmaMax: z
      .number()
      .positive()
      .default(50)
      .describe("deviation of the noise at t = 1: the largest distance in the data"),
  })
  .refine(({ sigmaMin, sigmaMax }) => sigmaMin < sigmaMax, { path: ["sigmaMax"], message: "must exceed sigmaMin" });

/**
 * dx = sigma(t) sqrt(2 log(sigmaMax / sigmaMin)) dw, sigma(t) = sigmaMin (sigmaMax / sigmaMin)^t: signal 1, noise
 * sigma(t). As published, x_0 itself has noise of deviation sigmaMin, which is invisible.
 */
export function veSde({ sigmaMin, sigmaMax }: { readonly sigmaMin: number; readonly sigmaMax: number }): Sde {
  const octaves = Math.log(sigmaMax / sigmaMin);
  const sigma = (t: number): number => sigmaMin * Math.exp(octaves * t);
  return {
    family: "ve",
    drift: () => 0,
    diffusion: (t) => sigma(t) * Math.sqrt(2 * octaves),
    levelAt: (t) => ({ signal: 1, noise: sigma(t) }),
    timeOf: (ratio) => Math.log(ratio / sigmaMin) / octaves,
    endTime: 1e-5,
  };
}

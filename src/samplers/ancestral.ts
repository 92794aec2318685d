/**
 * @file Ancestral sampling (Ho et al. 2020, algorithm 2; the paper's reverse process, eqs. 6 and 8), between any two
 * levels.
 */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { forwardVariance, posterior } from "../diffusion/transition.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { walk } from "./walk.js";

export const ancestralSchema = z.strictObject({
  kind: z.literal("ancestral"),
  variance: z
    .enum(["posterior", "beta"])
    .default("posterior")
    .describe(
      "variance of the added noise: the posterior's (the paper's choice), or the larger variance of the forward process",
    ),
});
export type AncestralOptions = z.infer<typeof ancestralSchema>;

/**
 * Update from one level to the next: the mean of q(x_s | x_t, denoised), plus noise of the chosen variance. A step to a
 * level without noise adds none, so its result is the last estimate itself.
 */
export function ancestralUpdate(from: NoiseLevel, to: NoiseLevel, { variance }: AncestralOptions): Update {
  const { x0, xt, variance: smaller } = posterior(from, to);
  const chosen = to.noise === 0 ? 0 : variance === "beta" ? forwardVariance(from, to) : smaller;
  return { x0, xt, noise: Math.sqrt(Math.max(chosen, 0)) }; // equal levels may round below zero
}

/** See `Sampler` for the ownership of arrays. */
export const ancestral: Sampler<AncestralOptions> = (denoise, x, levels, noise, options) =>
  walk("ancestral", denoise, x, levels, (denoised, from, to, index, where) => {
    applyUpdate(where, x, denoised, ancestralUpdate(from, to, options), (start, count) => noise(index, start, count));
    return denoised;
  });

/** @file Reverse diffusion sampling (Song et al. 2021, appendix E, eq. 46): the reverse SDE in the steps of the forward process. */
import { z } from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { forwardVariance } from "../diffusion/transition.js";
import { ancestralUpdate } from "./ancestral.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { walk } from "./walk.js";

export const reverseDiffusionSchema = z.strictObject({ kind: z.literal("reverse-diffusion") });
export type ReverseDiffusionOptions = z.infer<typeof reverseDiffusionSchema>;

/**
 * Forward, a step is x_t = r x_s + sqrt(V) z, exactly; its reverse here is x_s = x_t - (r - 1) x_t + V score + sqrt(V) z. Between
 * neighbours of a DDPM schedule r = sqrt(1 - beta) and V = beta, of a VE one r = 1 and V = sigma_t^2 - sigma_s^2, as published.
 * Published code has no such steps for sub-VP and takes Euler-Maruyama's; these are exact there, too. Noise levels alone say r
 * and V, so that this needs no SDE. From pure noise and to the clean image: ancestral sampling's.
 */
export function reverseDiffusionUpdate(from: NoiseLevel, to: NoiseLevel): Update {
  if (from.signal === 0 || to.noise === 0)
    return ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" });
  const variance = Math.max(forwardVariance(from, to), 0); // equal levels may round below zero
  const pull = variance / from.noise ** 2;
  return { x0: pull * from.signal, xt: 2 - from.signal / to.signal - pull, noise: Math.sqrt(variance) };
}

/** See `Sampler` for who owns which array. */
export const reverseDiffusion: Sampler<ReverseDiffusionOptions> = (denoise, x, levels, noise) =>
  walk("reverse-diffusion", denoise, x, levels, (denoised, from, to, index, where) => {
    applyUpdate(where, x, denoised, reverseDiffusionUpdate(from, to), (start, count) => noise(index, start, count));
  });

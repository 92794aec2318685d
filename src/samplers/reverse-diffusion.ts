/**
 * @file Reverse diffusion sampling (Song et al. 2021, appendix E, eq. 46): the reverse SDE in steps of the forward
 * process.
 */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { forwardVariance } from "../diffusion/transition.js";
import { ancestralUpdate } from "./ancestral.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { walk } from "./walk.js";

export const reverseDiffusionSchema = z.strictObject({
  kind: z.literal("reverse-diffusion"),
  ode: z.boolean().default(false).describe("solve the probability-flow ODE instead: half the score, no noise"),
});
export type ReverseDiffusionOptions = z.infer<typeof reverseDiffusionSchema>;

/**
 * A forward step is exactly x_t = r x_s + sqrt(V) z; its reverse here is x_s = x_t - (r - 1) x_t + V score + sqrt(V) z.
 * Between neighbours of a DDPM schedule r = sqrt(1 - beta) and V = beta; of a VE one r = 1 and V = sigma_t^2 -
 * sigma_s^2, as published. Published code has no such steps for sub-VP and uses Euler-Maruyama; these are exact there,
 * too. Noise levels alone determine r and V, so no SDE is needed. The ODE (their eq. 47) has half of V score and no
 * noise.
 */
export function reverseDiffusionUpdate(
  from: NoiseLevel,
  to: NoiseLevel,
  { ode }: Pick<ReverseDiffusionOptions, "ode">,
): Update {
  const variance = Math.max(forwardVariance(from, to), 0); // equal levels may round below zero
  const pull = ((ode ? 0.5 : 1) * variance) / from.noise ** 2;
  return { x0: pull * from.signal, xt: 2 - from.signal / to.signal - pull, noise: ode ? 0 : Math.sqrt(variance) };
}

/**
 * The same, except that steps from pure noise (which has no reverse step) and to the clean image are ancestral
 * sampling's.
 */
export const reverseDiffusionStep: typeof reverseDiffusionUpdate = (from, to, options) =>
  from.signal === 0 || to.noise === 0
    ? ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" })
    : reverseDiffusionUpdate(from, to, options);

/** See `Sampler` for the ownership of arrays. */
export const reverseDiffusion: Sampler<ReverseDiffusionOptions> = (denoise, x, levels, noise, options) =>
  walk("reverse-diffusion", denoise, x, levels, (denoised, from, to, index, where) => {
    applyUpdate(where, x, denoised, reverseDiffusionStep(from, to, options), (start, count) =>
      noise(index, start, count),
    );
    return denoised;
  });

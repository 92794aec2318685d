/** @file DDIM (Song, Meng and Ermon 2021, eqs. 12 and 16), between any two levels. */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { posterior } from "../diffusion/transition.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { walk } from "./walk.js";

export const ddimSchema = z.strictObject({
  kind: z.literal("ddim"),
  eta: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("0: no noise after the start; 1: as much as ancestral sampling with the posterior's variance"),
  clip: z
    .boolean()
    .default(false)
    .describe(
      "clip the estimate of the sharp image to [-1, 1], but keep the direction to x_t of the unclipped estimate",
    ),
});
export type DdimOptions = z.infer<typeof ddimSchema>;

/**
 * Amplitudes in x_s of eps, the noise estimated in x_t, and of fresh noise. Their squares sum to `to.noise` squared.
 */
function shares(from: NoiseLevel, to: NoiseLevel, eta: number): { readonly eps: number; readonly fresh: number } {
  const fresh = eta * Math.sqrt(Math.max(posterior(from, to).variance, 0));
  return { eps: Math.sqrt(Math.max(to.noise ** 2 - fresh ** 2, 0)), fresh };
}

/** Update from one level to the next, with eps = (x_t - signal denoised) / noise substituted. */
export function ddimUpdate(from: NoiseLevel, to: NoiseLevel, { eta }: Pick<DdimOptions, "eta">): Update {
  const { eps, fresh } = shares(from, to, eta);
  const xt = eps / from.noise;
  return { x0: to.signal - xt * from.signal, xt, noise: fresh };
}

/** Replaces the estimate, in place, so that `update` gives the clipped image but the unclipped direction. */
function clipButKeepDirection(denoised: Float32Array, update: Update, toSignal: number): void {
  const direction = update.x0 - toSignal; // the part of the weight that comes from eps
  for (let i = 0; i < denoised.length; i++) {
    const value = denoised[i]!;
    denoised[i] = toSignal * Math.max(-1, Math.min(1, value)) + direction * value;
  }
}

/**
 * See `Sampler` for the ownership of arrays. There are two ways to clip: with a denoiser that clips, the direction is
 * that of its clipped estimate; `clip` here, with a denoiser that does not, is the default of the diffusers library.
 */
export const ddim: Sampler<DdimOptions> = (denoise, x, levels, noise, options) =>
  walk("ddim", denoise, x, levels, (denoised, from, to, index, where) => {
    const update = ddimUpdate(from, to, options);
    if (options.clip) clipButKeepDirection(denoised, update, to.signal);
    applyUpdate(where, x, denoised, options.clip ? { ...update, x0: 1 } : update, (start, count) =>
      noise(index, start, count),
    );
    return denoised;
  });

/** @file The Euler-Maruyama method for the reverse SDE (Song et al. 2021, eq. 6; the paper's eq. 10). */
import * as z from "zod";
import { reverseDrift, type Sde } from "../diffusion/sde.js";
import { requireSde, updateInTime } from "./in-time.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { walk } from "./walk.js";

export const eulerMaruyamaSchema = z.strictObject({ kind: z.literal("euler-maruyama") });
export type EulerMaruyamaOptions = z.infer<typeof eulerMaruyamaSchema>;

/** Update from t to t - h: drift times -h, and noise of variance g(t)^2 h. */
export function eulerMaruyamaUpdate(sde: Sde, t: number, h: number): Update {
  const { x0, xt } = reverseDrift(sde, t, 1);
  return { x0: -h * x0, xt: 1 - h * xt, noise: sde.diffusion(t) * Math.sqrt(h) };
}

/**
 * See `Sampler` for the ownership of arrays. The step is the actual distance of the levels in time. Published code uses
 * 1/N, although its N times from 1 to the end are (1 - end)/(N - 1) apart.
 */
export const eulerMaruyama: Sampler<EulerMaruyamaOptions> = (denoise, x, levels, noise, _, given) => {
  const sde = requireSde("euler-maruyama", given);
  return walk("euler-maruyama", denoise, x, levels, (denoised, from, to, index, where) => {
    const update = updateInTime(where, sde, from, to, (t, h) => eulerMaruyamaUpdate(sde, t, h));
    applyUpdate(where, x, denoised, update, (start, count) => noise(index, start, count));
    return denoised;
  });
};

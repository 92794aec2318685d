/** @file The update of samplers: a sum of the estimate, the image and fresh noise, in place. */
import { shapeError, UnblurError } from "../base/errors.js";

/** x becomes x0 * denoised + xt * x + noise * z, in place. */
export interface Update {
  readonly x0: number;
  readonly xt: number;
  readonly noise: number;
}

/** Values updated at once: drawing noise for a whole large picture would cost one more array of its size. */
const BLOCK = 1 << 20;

/**
 * Applies an update; `noise` gives standard normal numbers of x's positions start to start + count. Throws `shape` for
 * arrays of another length, and `numeric` if the denoiser gave NaN or infinity.
 */
export function applyUpdate(
  where: string,
  x: Float32Array,
  denoised: Float32Array,
  update: Update,
  noise: (start: number, count: number) => Float32Array,
): void {
  if (denoised.length !== x.length) throw shapeError(where, `${x.length} values from the denoiser`, [denoised.length]);
  const { x0, xt, noise: amplitude } = update;
  let poison = 0; // becomes NaN if any value is NaN or infinite, which is cheaper than testing each
  for (let start = 0; start < x.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, x.length);
    if (amplitude > 0) {
      const z = noise(start, end - start);
      if (z.length !== end - start) throw shapeError(where, `${end - start} values of noise`, [z.length]);
      for (let i = start; i < end; i++) {
        const value = x0 * denoised[i]! + xt * x[i]! + amplitude * z[i - start]!;
        poison += value * 0;
        x[i] = value;
      }
    } else
      for (let i = start; i < end; i++) {
        const value = x0 * denoised[i]! + xt * x[i]!;
        poison += value * 0;
        x[i] = value;
      }
  }
  if (Number.isNaN(poison))
    throw new UnblurError(
      "numeric",
      `${where}: NaN or infinity in the image; check the input and the weights, or run the network in float32`,
    );
}

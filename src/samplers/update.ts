/** @file The update that samplers make: a sum of the estimate, the image and fresh noise, in place. */
import { shapeError, UnblurError } from "../base/errors.js";

/** x becomes x0 * denoised + xt * x + noise * z, in place. */
export interface Update {
  readonly x0: number;
  readonly xt: number;
  readonly noise: number;
}

/** Applies an update. Throws `shape` for arrays of another length, `numeric` if the denoiser gave NaN or infinity. */
export function applyUpdate(
  where: string,
  x: Float32Array,
  denoised: Float32Array,
  update: Update,
  noise: () => Float32Array,
): void {
  if (denoised.length !== x.length) throw shapeError(where, `${x.length} values from the denoiser`, [denoised.length]);
  const { x0, xt, noise: amplitude } = update;
  let poison = 0; // NaN once any value is NaN or infinite: cheaper than asking each
  if (amplitude > 0) {
    const z = noise();
    if (z.length !== x.length) throw shapeError(where, `${x.length} values of noise`, [z.length]);
    for (let i = 0; i < x.length; i++) {
      const value = x0 * denoised[i]! + xt * x[i]! + amplitude * z[i]!;
      poison += value * 0;
      x[i] = value;
    }
  } else
    for (let i = 0; i < x.length; i++) {
      const value = x0 * denoised[i]! + xt * x[i]!;
      poison += value * 0;
      x[i] = value;
    }
  if (Number.isNaN(poison))
    throw new UnblurError(
      "numeric",
      `${where}: NaN or infinity in the image; check the input and the weights, or run the network in float32`,
    );
}

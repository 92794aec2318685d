/** @file The forward process: x_t from x_0 in one step, the paper's eq. 7. */
import { shapeError } from "../base/errors.js";
import type { NoiseLevel } from "./denoiser.js";

/**
 * x_t = signal x_0 + noise eps. Flat arrays of one length; `out` may be either input, or float64 for more precision.
 */
export function addNoise<Out extends Float32Array | Float64Array = Float32Array>(
  x0: Float32Array,
  eps: Float32Array,
  { signal, noise }: NoiseLevel,
  out: Out = new Float32Array(x0.length) as Out,
): Out {
  if (eps.length !== x0.length || out.length !== x0.length)
    throw shapeError("addNoise", `eps and out of ${x0.length} values`, [eps.length, out.length]);
  for (let i = 0; i < x0.length; i++) out[i] = signal * x0[i]! + noise * eps[i]!;
  return out;
}

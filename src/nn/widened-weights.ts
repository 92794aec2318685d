/** @file Weights for a network that is the one they are of and more: begins by computing just what that one does. */
import { sizeOf } from "../graph/tensor.js";
import { zeros } from "./init.js";
import type { Parameter, Weights } from "./parameters.js";

/**
 * What `weights` lack is zero: input channels after those they know, [out, in, height, width], and whole parameters that any network of this
 * kind starts at zero. Everything else is passed on as it is, also what does not fit: whoever binds the weights refuses it.
 */
export function widenedWeights(parameters: readonly Parameter[], weights: Weights): Weights {
  const out = new Map(weights);
  for (const { label, shape, size, init } of parameters) {
    const values = weights.get(label);
    if (!values) {
      if (init === zeros) out.set(label, new Float32Array(size));
      continue;
    }
    const [outChannels = 1, ...rest] = shape;
    const [to, from] = [size / outChannels, values.length / outChannels];
    const taps = sizeOf(rest.slice(1));
    if (shape.length !== 4 || from >= to || from % taps !== 0) continue;
    const wide = new Float32Array(size);
    for (let row = 0; row < outChannels; row++) wide.set(values.subarray(row * from, (row + 1) * from), row * to);
    out.set(label, wide);
  }
  return out;
}

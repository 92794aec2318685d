/** @file Weights for a network that extends another one: initially it computes what the smaller network computes. */
import { sizeOf } from "../graph/tensor.js";
import { zeros } from "./init.js";
import type { Parameter, Weights } from "./parameters.js";

/**
 * Fills with zeros what `weights` lack: input channels after the known ones, [out, in, height, width], and whole
 * parameters that every network of this kind initialises with zeros. Everything else is passed on unchanged, including
 * weights that do not fit:
 * `checkWeights` refuses those.
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

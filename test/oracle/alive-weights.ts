/** @file Weights for tests of untrained networks: what starts at zero would hide whatever lies behind it. */
import type { Rng } from "../../src/base/random.js";
import { initialWeights, type Parameter } from "../../src/nn/parameters.js";

/**
 * Initial weights drawn from `initial`; those that would be all zero are normal of deviation `scale` instead, from
 * `instead`.
 */
export function aliveWeights(
  parameters: readonly Parameter[],
  { initial, instead, scale }: { readonly initial: Rng; readonly instead: Rng; readonly scale: number },
): Map<string, Float32Array> {
  const weights = initialWeights(parameters, initial);
  for (const [label, values] of weights)
    if (values.every((value) => value === 0)) {
      const drawn = instead.fork(label).normals(values.length);
      values.set(drawn.map((value) => value * scale));
    }
  return weights;
}

/**
 * @file A small network to train in tests: two convolutions and a fixed value, told the noise level's noise; predicts
 * eps.
 */
import { Rng } from "../../src/base/random.js";
import type { BatchSource, PairBatch } from "../../src/data/batch.js";
import { add, mul, sub } from "../../src/graph/ops/arithmetic.js";
import { conv2d } from "../../src/graph/ops/conv2d.js";
import { square } from "../../src/graph/ops/elementwise.js";
import { mean } from "../../src/graph/ops/mean.js";
import { concat } from "../../src/graph/ops/shape.js";
import { input, type Shape, sizeOf, type Tensor } from "../../src/graph/tensor.js";
import { Scope } from "../../src/nn/parameters.js";
import { floats } from "../../src/runtime/session.js";
import type { Objective } from "../../src/training/objective.js";

const scaledNormals =
  (scale: number) =>
  (shape: Shape, rng: Rng): Float32Array =>
    rng.normals(sizeOf(shape)).map((x) => x * scale);

/** `hidden` sets the size of the network: 54 hidden + 27 hidden + ... values. */
export function tinyObjective(size: number, patchPx: number, hidden = 8): Objective {
  const scope = Scope.root();
  const shape = [size, 3, patchPx, patchPx];
  const [y, x0, eps] = [input("y", shape), input("x0", shape), input("eps", shape)];
  const offset = scope.parameter("offset", [1, 3, 1, 1], () => Float32Array.of(0.1, 0, -0.1), { trainable: false });
  const layer = (name: string, x: Tensor, outChannels: number) => {
    const at = scope.child(name);
    const weight = at.parameter("weight", [outChannels, x.shape[1]!, 3, 3], scaledNormals(0.1));
    const bias = at.parameter("bias", [outChannels], (s) => new Float32Array(sizeOf(s)));
    return conv2d(x, weight, bias, { padding: 1 });
  };
  const xt = add(mul(x0, 0.8), mul(eps, 0.6));
  const inner = layer("first", concat([sub(y, offset), xt]), hidden);
  const loss = mean(square(sub(layer("second", mul(inner, inner), 3), eps)));
  return {
    parameters: scope.parameters(),
    inputs: [y, x0, eps],
    loss,
    feeds: (batch, rng) => ({
      y: floats(batch.y, shape),
      x0: floats(batch.x0, shape),
      eps: floats(rng.fork("eps").normals(batch.x0.length), shape),
    }),
  };
}

/** Batches of smooth random patches, each a pure function of its number. */
export function tinyBatches(size: number, patchPx: number, seed = 3): BatchSource {
  const count = size * 3 * patchPx * patchPx;
  return {
    batch: async (step): Promise<PairBatch> => {
      const x0 = Rng.fromSeed(seed)
        .fork(step)
        .uniforms(count)
        .map((u) => 2 * u - 1);
      const y = x0.map((value, i) => (value + (x0[i + 1] ?? value)) / 2);
      return { y, x0, size, patchPx };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

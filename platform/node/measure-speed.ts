/** @file Measures this machine's speed within a second, as the basis of time estimates. */
import { compile } from "../../src/graph/compile.js";
import { multiplyAdds } from "../../src/graph/multiply-adds.js";
import { conv2d } from "../../src/graph/ops/conv2d.js";
import { input } from "../../src/graph/tensor.js";
import { floats, type Runtime } from "../../src/runtime/session.js";

const [BATCH, CHANNELS, SIDE] = [4, 64, 64];
const MIN_MS = 300;

/** Multiply-adds per millisecond of a 3x3 convolution, 64 to 64 channels at 64 px: the fastest of several runs. */
export async function measureSpeed(runtime: Runtime): Promise<number> {
  const shape = [BATCH, CHANNELS, SIDE, SIDE];
  const [x, weight] = [input("x", shape), input("weight", [CHANNELS, CHANNELS, 3, 3])];
  const y = conv2d(x, weight, null, { padding: 1 });
  const weights = new Map([[weight, new Float32Array(weight.size).fill(0.01)]]);
  await using session = await runtime.open(compile({ inputs: [x], outputs: { y }, weights }));
  const feeds = { x: floats(new Float32Array(x.size).fill(0.5), shape) };
  await session.run(feeds);
  const startedAt = performance.now();
  let best = Number.POSITIVE_INFINITY;
  while (performance.now() - startedAt < MIN_MS) {
    const from = performance.now();
    await session.run(feeds);
    best = Math.min(best, performance.now() - from);
  }
  return multiplyAdds([y]) / best;
}

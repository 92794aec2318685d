import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { floatResult, floats } from "../runtime/session.js";
import { LOSSES, losses } from "./losses.js";

test.each(LOSSES)("%s: the graph is the mean of the penalty of each difference", async (kind) => {
  const shape = [2, 3, 5, 7];
  const [a, b] = ["a", "b"].map((name) => Rng.fromSeed(1).fork(name).normals(210)) as [Float32Array, Float32Array];
  const [prediction, target] = [input("prediction", shape), input("target", shape)];
  const loss = losses[kind].graph(prediction, target);
  expect(loss.shape.reduce((size, n) => size * n, 1)).toBe(1);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [prediction, target], outputs: { loss } }),
  );
  const out = await session.run({ prediction: floats(a, shape), target: floats(b, shape) });
  const penalties = { l1: Math.abs, l2: (difference: number) => difference ** 2 };
  const expected = a.reduce((sum, value, i) => sum + penalties[kind](value - b[i]!), 0) / 210;
  expect(Math.abs(floatResult(out, "loss")[0]! / expected - 1)).toBeLessThan(1e-5);
});

import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { gradients } from "../graph/gradients.js";
import { input, type Tensor } from "../graph/tensor.js";
import { floatResult, floats } from "../runtime/session.js";
import { countParameters, Scope } from "./parameters.js";
import {
  batchNormLayer,
  batchStatistics,
  RecordedStatistics,
  runningStatistics,
  trackedInstanceNormLayer,
} from "./running-statistics.js";

const [N, C, H, W] = [3, 2, 4, 5];
const shape = [N, C, H, W];
const rng = Rng.fromSeed(2);
const values = rng.fork("x").normals(N * C * H * W).map((value, i) => 3 * value + (i % 7)); // biome-ignore format: a line
const weights = new Map([
  ["weight", Float32Array.of(0.5, -2)],
  ["bias", Float32Array.of(1, 3)],
  ["running_mean", Float32Array.of(0.25, -1)],
  ["running_var", Float32Array.of(4, 0.5)],
]);

async function run(scope: Scope, outputs: Record<string, Tensor>, x: ReturnType<typeof input>) {
  const bound = new Map(scope.parameters().map((parameter) => [parameter, weights.get(parameter.label)!] as const));
  await using session = await createRuntime({ threads: 1 }).open(compile({ inputs: [x], outputs, weights: bound }));
  const results = await session.run({ x: floats(values, shape) });
  return (name: string) => floatResult(results, name);
}

/** Values of a channel, of one image or of all. */
const channel = (c: number, image: number | null): number[] =>
  [...values].filter(
    (_, i) => Math.floor(i / (H * W)) % C === c && (image === null || Math.floor(i / (H * W * C)) === image),
  );
const meanOf = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const varianceOf = (list: readonly number[], less = 0): number =>
  list.reduce((sum, value) => sum + (value - meanOf(list)) ** 2, 0) / (list.length - less);

test("batch normalisation: of the batch, of running averages, and their moves", async () => {
  const scope = Scope.root();
  const norm = batchNormLayer(scope, C);
  const x = input("x", shape);
  const recorded = new RecordedStatistics();
  const own = norm(x, recorded);
  norm(x, recorded); // a second time: the averages move twice
  const [meanNext, varianceNext] = [...recorded.updates.values()];
  const outputs = { own, running: norm(x, runningStatistics), meanNext: meanNext!, varianceNext: varianceNext! };
  const result = await run(scope, outputs, x);

  const [weight, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((name) => weights.get(name)!) as [Float32Array, Float32Array, Float32Array, Float32Array]; // biome-ignore format: a line
  const expected = (of: (c: number) => { mean: number; variance: number }) =>
    values.map((value, i) => {
      const c = Math.floor(i / (H * W)) % C;
      return ((value - of(c).mean) / Math.sqrt(of(c).variance + 1e-5)) * weight[c]! + bias[c]!;
    });
  const batch = (c: number) => ({ mean: meanOf(channel(c, null)), variance: varianceOf(channel(c, null)) });
  expectClose(result("own"), expected(batch), { rtol: 0, atol: 2e-5 });
  expectClose(
    result("running"),
    expected((c) => ({ mean: mean[c]!, variance: variance[c]! })),
    { rtol: 0, atol: 2e-5 },
  );
  const twice = (from: number, to: number) => 0.81 * from + 0.19 * to;
  expectClose(
    result("meanNext"),
    [0, 1].map((c) => twice(mean[c]!, batch(c).mean)),
    { rtol: 0, atol: 2e-5 },
  );
  expectClose(
    result("varianceNext"),
    [0, 1].map((c) => twice(variance[c]!, varianceOf(channel(c, null), 1))),
    { rtol: 0, atol: 2e-5 },
  );
});

test("instance normalisation: averages are of all pictures' means and unbiased variances", async () => {
  const scope = Scope.root();
  const norm = trackedInstanceNormLayer(scope, C);
  const x = input("x", shape);
  const recorded = new RecordedStatistics();
  const own = norm(x, recorded);
  const [meanNext, varianceNext] = [...recorded.updates.values()];
  const result = await run(scope, { own, meanNext: meanNext!, varianceNext: varianceNext! }, x);
  const each = (c: number, of: (list: readonly number[]) => number) =>
    meanOf([0, 1, 2].map((image) => of(channel(c, image))));
  const towards = (name: string, of: (list: readonly number[]) => number) =>
    [0, 1].map((c) => 0.9 * weights.get(name)![c]! + 0.1 * each(c, of));
  expectClose(result("meanNext"), towards("running_mean", meanOf), { rtol: 0, atol: 2e-5 });
  expectClose(
    result("varianceNext"),
    towards("running_var", (list) => varianceOf(list, 1)),
    { rtol: 0, atol: 2e-5 },
  );
  const [first] = result("own");
  const plane = channel(0, 0);
  expect(first).toBeCloseTo((plane[0]! - meanOf(plane)) / Math.sqrt(varianceOf(plane) + 1e-5), 4);
});

test("running averages are no parameters to optimise: not counted, not trained, without gradient", () => {
  const scope = Scope.root();
  const norm = batchNormLayer(scope, C);
  const x = input("x", shape);
  expect(countParameters(scope.parameters())).toBe(2 * C);
  expect(scope.parameters().filter(({ trainable }) => trainable)).toHaveLength(2);
  const [, , mean] = scope.parameters();
  const [slope] = gradients(norm(x, batchStatistics), [mean!]);
  expect(slope!.form.name).toBe("filled"); // of zeros: the batch's own statistics do not depend on them
});

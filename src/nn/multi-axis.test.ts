import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { gradients } from "../graph/gradients.js";
import { multiplyAdds } from "../graph/multiply-adds.js";
import { add } from "../graph/ops/arithmetic.js";
import { constant } from "../graph/ops/constant.js";
import { linear } from "../graph/ops/linear.js";
import { input, type Placeholder, type Tensor } from "../graph/tensor.js";
import { floatResult, floats } from "../runtime/session.js";
import { convolved, dense, doubling, type Pending, ready, upSample } from "./multi-axis.js";
import { Scope } from "./parameters.js";

const identity = (size: number): Tensor =>
  constant(
    Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
    [size, size],
  );

const CASES: Readonly<Record<string, (scope: Scope, x: Tensor) => Pending>> = {
  "an image": (_, x) => ready(x),
  "enlarging twice": (scope, x) => upSample(scope, 4, 6, 2)(x),
  "fourfold enlargement": (scope, x) => upSample(scope, 4, 6, 4)(x),
  "a layer of the same size": (scope, x) => upSample(scope, 4, 6, 1)(x),
  "reduction to a half": (scope, x) => upSample(scope, 4, 6, 1 / 2)(x),
  "a transposed convolution": (scope, x) => doubling(scope, 4, 6)(x),
  "a convolution": (scope, x) => convolved(scope, 4, 6)(x),
};

/** Largest difference of the result and of each gradient, relative to its largest value. */
async function differences(merged: Tensor, plain: Tensor, inputs: readonly Placeholder[]): Promise<number[]> {
  const upstream = input("upstream", merged.shape);
  const outputs: Record<string, Tensor> = {};
  for (const [name, y] of Object.entries({ merged, plain }))
    for (const [i, tensor] of [y, ...gradients(y, inputs, upstream)].entries()) outputs[`${name} ${i}`] = tensor;
  const all = [...inputs, upstream];
  await using session = await createRuntime({ threads: 1 }).open(compile({ inputs: all, outputs }));
  const rng = Rng.fromSeed(4);
  const results = await session.run(
    Object.fromEntries(all.map(({ label, size, shape }) => [label, floats(rng.fork(label).normals(size), shape)])),
  );
  return [plain, ...inputs].map((_, i) => {
    const expected = floatResult(results, `plain ${i}`);
    const got = floatResult(results, `merged ${i}`);
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return expected.reduce((most, value, k) => Math.max(most, Math.abs(value - got[k]!)), 0) / scale;
  });
}

test.each(Object.entries(CASES))("a dense layer merged into %s equals the two in sequence", async (_, pending) => {
  const root = Scope.root();
  const x = input("x", [2, 4, 4, 4]);
  const first = pending(root.child("first"), x);
  const weight = root.parameter("weight", [5, first.channels], () => new Float32Array());
  const bias = root.parameter("bias", [5], () => new Float32Array());
  const plain = linear(first.through(identity(first.channels), null), weight, bias);
  const inputs = [x, ...root.parameters()];
  for (const difference of await differences(first.through(weight, bias), plain, inputs))
    expect(difference).toBeLessThan(3e-6);
});

test("an image joined with itself is multiplied once", async () => {
  const root = Scope.root();
  const [x, other] = [input("x", [1, 2, 3, 4]), input("other", [1, 2, 3, 5])];
  const layer = dense(root, 13, 6);
  const same = ready(x);
  const merged = layer.joined([same, ready(other), same]);
  const plain = add(layer.joined([ready(x), ready(other), ready(x)]), 0);
  expect(multiplyAdds([merged])).toBe(6 * 6 * 9);
  expect(multiplyAdds([plain])).toBe(6 * 6 * 13);
  for (const difference of await differences(merged, plain, [x, other, ...root.parameters()]))
    expect(difference).toBeLessThan(1e-6);
});

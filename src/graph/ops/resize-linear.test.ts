import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { Rng } from "../../base/random.js";
import { floatResult, floats } from "../../runtime/session.js";
import { compile } from "../compile.js";
import { gradients } from "../gradients.js";
import { input, type Tensor } from "../tensor.js";
import { resample } from "./resample.js";
import { resizeLinear } from "./resize-linear.js";
import { transpose } from "./shape.js";

test.each([2, 3, 4])("equals bilinear resampling by matrices, gradient included: %i times", async (scale) => {
  const x = input("x", [2, 3, 5, 4]);
  const ours = resizeLinear(x, scale);
  const planes = resample(transpose(x, [0, 3, 1, 2]), { mode: "bilinear", scale });
  const upstream = input("upstream", ours.shape);
  const outputs: Record<string, Tensor> = {};
  for (const [name, y] of Object.entries({ ours, theirs: transpose(planes, [0, 2, 3, 1]) })) {
    outputs[name] = y;
    outputs[`${name}, gradient`] = gradients(y, [x], upstream)[0]!;
  }
  const inputs = [x, upstream];
  await using session = await createRuntime({ threads: 1 }).open(compile({ inputs, outputs }));
  const rng = Rng.fromSeed(5);
  const results = await session.run(
    Object.fromEntries(inputs.map(({ label, size, shape }) => [label, floats(rng.fork(label).normals(size), shape)])),
  );
  for (const part of ["", ", gradient"]) {
    const expected = floatResult(results, `theirs${part}`);
    const worst = floatResult(results, `ours${part}`).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
      0,
    );
    expect(worst).toBeLessThan(1e-5);
  }
});

test("a scale that is not an integer is refused", () => {
  expect(() => resizeLinear(input("x", [1, 2, 2, 1]), 1.5)).toThrow(/an integer/);
});

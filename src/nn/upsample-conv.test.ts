import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { gradients } from "../graph/gradients.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { upsampleNearest2d } from "../graph/ops/upsample-nearest.js";
import { input, type Tensor } from "../graph/tensor.js";
import { floatResult, floats } from "../runtime/session.js";
import { upsampleConv2d } from "./upsample-conv.js";

/** Sizes: odd sides, a prime side longer than a run, and one pixel. */
test.each([
  [2, 3, 4, 5, 6],
  [1, 2, 3, 3, 67],
  [1, 4, 2, 1, 1],
])(
  "equals enlargement followed by convolution, gradients included: N %i, C %i, O %i, %i x %i",
  async (n, c, o, h, w) => {
    const x = input("x", [n, c, h, w]);
    const weight = input("weight", [o, c, 3, 3]);
    const bias = input("bias", [o]);
    const upstream = input("upstream", [n, o, 2 * h, 2 * w]);
    const outputs: Record<string, Tensor> = {};
    const both = {
      merged: upsampleConv2d(x, weight, bias),
      plain: conv2d(upsampleNearest2d(x, 2), weight, bias, { padding: 1 }),
    };
    for (const [name, y] of Object.entries(both)) {
      outputs[`${name}/y`] = y;
      gradients(y, [x, weight, bias], upstream).forEach((gradient, i) => {
        outputs[`${name}/gradient ${i}`] = gradient;
      });
    }
    const inputs = [x, weight, bias, upstream];
    await using session = await createRuntime({ threads: 1 }).open(compile({ inputs, outputs }));
    const rng = Rng.fromSeed(3);
    const results = await session.run(
      Object.fromEntries(
        inputs.map((tensor) => [tensor.label, floats(rng.fork(tensor.label).normals(tensor.size), tensor.shape)]),
      ),
    );
    for (const part of ["y", "gradient 0", "gradient 1", "gradient 2"]) {
      const plain = floatResult(results, `plain/${part}`);
      const merged = floatResult(results, `merged/${part}`);
      const scale = plain.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = plain.reduce((most, value, i) => Math.max(most, Math.abs(value - merged[i]!)), 0);
      expect(worst / scale, part).toBeLessThan(2e-6);
    }
  },
);

import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { floatResult, floats } from "../../runtime/session.js";
import { compile } from "../compile.js";
import { gradients } from "../gradients.js";
import { input } from "../tensor.js";
import { conv2d } from "./conv2d.js";
import { sum } from "./reduce.js";

test("a 3x3 box filter on ones, and its gradients, by hand", async () => {
  const x = input("x", [1, 1, 3, 3]);
  const w = input("w", [1, 1, 3, 3]);
  const y = conv2d(x, w, null, { padding: 1 });
  const [dx, dw] = gradients(sum(y), [x, w]);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [x, w], outputs: { y, dx: dx!, dw: dw! } }),
  );
  const ones = floats(new Float32Array(9).fill(1), [1, 1, 3, 3]);
  const out = await session.run({ x: ones, w: ones });
  const neighbours = [4, 6, 4, 6, 9, 6, 4, 6, 4];
  expect([...floatResult(out, "y")]).toEqual(neighbours);
  expect([...floatResult(out, "dx")]).toEqual(neighbours);
  expect([...floatResult(out, "dw")]).toEqual(neighbours);
});

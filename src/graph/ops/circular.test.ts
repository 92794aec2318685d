import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { floatResult, floats } from "../../runtime/session.js";
import { compile } from "../compile.js";
import { input } from "../tensor.js";
import { cos, sin } from "./elementwise.js";

test.each([1, Math.PI, 20, 200, 1e4])("sine and cosine have an error below 3e-7 up to %d", async (limit) => {
  const count = 20_001;
  const x = input("x", [count]);
  const values = Float32Array.from({ length: count }, (_, i) => limit * (i / 10_000 - 1));
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [x], outputs: { sin: sin(x), cos: cos(x) } }),
  );
  const results = await session.run({ x: floats(values, [count]) });
  const worst = (name: string, exact: (value: number) => number) =>
    floatResult(results, name).reduce((most, value, i) => Math.max(most, Math.abs(value - exact(values[i]!))), 0);
  expect(worst("sin", Math.sin)).toBeLessThan(3e-7);
  expect(worst("cos", Math.cos)).toBeLessThan(3e-7);
});

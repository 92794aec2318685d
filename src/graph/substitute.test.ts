import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { floatResult, floats } from "../runtime/session.js";
import { compile } from "./compile.js";
import { gradients } from "./gradients.js";
import { add, mul } from "./ops/arithmetic.js";
import { stopGradient } from "./ops/stop-gradient.js";
import { substitute } from "./substitute.js";
import { input } from "./tensor.js";

test("computes with other tensors what the graph computes, and shares what does not depend on them", async () => {
  const [x, w] = [input("x", [2]), input("w", [2])];
  const shared = mul(x, x);
  const y = add(mul(shared, w), w);
  const [replaced, same] = substitute([y, shared], new Map([[w, add(w, 1)]]));
  expect(same).toBe(shared);
  const [slope] = gradients(replaced!, [w]);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [x, w], outputs: { y, replaced: replaced!, slope: slope! } }),
  );
  const results = await session.run({
    x: floats(Float32Array.of(2, 3), [2]),
    w: floats(Float32Array.of(5, 7), [2]),
  });
  expect([...floatResult(results, "y")]).toEqual([4 * 5 + 5, 9 * 7 + 7]);
  expect([...floatResult(results, "replaced")]).toEqual([4 * 6 + 6, 9 * 8 + 8]);
  expect([...floatResult(results, "slope")]).toEqual([5, 10]);
});

test("what is kept stays as it was, and no gradient passes a stop", () => {
  const [x, w] = [input("x", [1]), input("w", [1])];
  const kept = mul(w, 2);
  const [y] = substitute([add(kept, w)], new Map([[w, x], [kept, kept]])); // biome-ignore format: pairs
  expect(y!.inputs).toEqual([kept, x]);
  expect(gradients(stopGradient(mul(w, 2)), [w])[0]!.form.name).toBe("filled");
});

test("refuses another shape", () => {
  const w = input("w", [2]);
  expect(() => substitute([w], new Map([[w, input("x", [3])]]))).toThrow(/substitute: expected \[2\], got \[3\]/);
});

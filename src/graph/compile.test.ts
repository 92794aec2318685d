import { describe, expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { floatResult, floats } from "../runtime/session.js";
import { compile, lower } from "./compile.js";
import { Emitter } from "./emitter.js";
import { add, mul } from "./ops/arithmetic.js";
import { input, type Tensor } from "./tensor.js";

describe("results are named by the caller", () => {
  const x = input("x", [2]);
  const doubled = mul(x, 2);
  const outputs = { doubled, again: doubled, more: add(doubled, 1), same: x };

  test("for every kind: an intermediate value, a value with two names, an input", async () => {
    await using session = await createRuntime({ threads: 1 }).open(compile({ inputs: [x], outputs }));
    const results = await session.run({ x: floats(Float32Array.of(3, 4), [2]) });
    const values = Object.keys(outputs).map((name) => [...floatResult(results, name)]);
    expect(values).toEqual([[6, 8], [6, 8], [7, 9], [3, 4]]); // biome-ignore format: one line
  });

  test("without a copy if a node computes the value", () => {
    const copies = (names: Record<string, Tensor>) =>
      lower({ inputs: [x], outputs: names }).nodes.filter(({ opType }) => opType === "Identity").length;
    expect(copies({ doubled, more: add(doubled, 1) })).toBe(0);
    expect(copies(outputs)).toBe(2);
  });
});

test("numbers that print alike are not merged: 0 and -0, infinities, as scalars, constants and attributes", () => {
  const emit = new Emitter();
  expect(emit.scalar(-0)).not.toBe(emit.scalar(0));
  expect(emit.scalar(-1e-50)).toBe(emit.scalar(-0));
  const vector = (...values: number[]) => emit.constant("float32", [values.length], Float32Array.from(values));
  expect(vector(1, -0)).not.toBe(vector(1, 0));
  expect(vector(1, 0)).toBe(vector(1, 0));
  const relu = (alpha: number) => emit.node("LeakyRelu", ["x"], { alpha: { float: alpha } });
  expect(new Set([0, -0, Infinity, -Infinity].map(relu)).size).toBe(4);
  expect(relu(-0)).toBe(relu(-0));
});

/**
 * @file Every op on the fixtures' inputs, against a naive float64 interpreter of what it emits: the interpreter meets
 * the fixtures, ONNX Runtime meets the interpreter, and each gradient rule meets central differences taken in float64.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../../src/base/random.js";
import { parseSafetensors } from "../../src/exchange/safetensors.js";
import { compile, lower } from "../../src/graph/compile.js";
import { floatResult } from "../../src/runtime/session.js";
import { BUILDERS } from "../golden/checks/ops/builders.js";
import { buildCase, type OpCase } from "../golden/checks/ops.js";
import { tensorsOf } from "../golden/checks/outcome.js";
import { expectClose } from "./close.js";
import { interpret } from "./onnx-interpreter.js";
import { KERNELS } from "./onnx-kernels.js";

const ROOT = join(import.meta.dirname, "../../../shared/golden/ops");
const tensors = tensorsOf(parseSafetensors(readFileSync(join(ROOT, "ops.safetensors"))));
const { cases } = JSON.parse(readFileSync(join(ROOT, "ops.json"), "utf8")) as { cases: OpCase[] };
const offered = cases.filter(({ op }) => Object.hasOwn(BUILDERS, op));
const STEP = 1e-6;
/** The slope of an op that is emitted as a polynomial, which is exact to 3e-7, is less exact. */
const APPROXIMATE: Readonly<Record<string, number>> = { sin: 1e-5, cos: 1e-5, noise_level_encoding: 1e-5 };

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

test.each(offered.map((golden) => [golden.name, golden] as const))("%s", async (name, golden) => {
  const built = buildCase(golden, tensors);
  const options = { inputs: built.placeholders, outputs: built.outputs };
  const feeds = Object.fromEntries(
    Object.entries(built.feeds).map(([label, { data }]) => [label, Float64Array.from(data as Float32Array)]),
  );
  const exact = interpret(lower(options), feeds);

  await using session = await createRuntime({ threads: 1 }).open(compile(options));
  const values = await session.run(built.feeds);
  for (const [key, expected] of Object.entries(exact)) {
    // Sums of many terms cancel: an element is off by what its largest neighbours round to.
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectClose(floatResult(values, key), expected, { rtol: 1e-5, atol: 1e-6 + 1e-5 * scale }, `${key}, ONNX Runtime`);
    const stored = tensors.has(key) ? tensors.get(key) : key.endsWith("/out") ? [golden.value!] : [];
    expectClose(
      expected,
      stored,
      { rtol: 0, atol: (key.endsWith("/out") ? 2e-6 : 1e-5) * scale },
      `${key}, interpreter`,
    );
  }

  const forward = lower({ inputs: built.placeholders, outputs: { out: built.outputs[`${name}/out`]! } });
  const upstream = feeds[`${name}.grad_out`] ?? [1];
  const loss = (given: typeof feeds): number => dot(interpret(forward, given).out!, upstream);
  for (const grad of golden.grads) {
    const label = `${name}.${grad.replace(/^grad_/, "")}`;
    const direction = Rng.fromSeed(1).fork(label).normals(feeds[label]!.length);
    const moved = (by: number) => ({ ...feeds, [label]: feeds[label]!.map((value, i) => value + by * direction[i]!) });
    const difference = (loss(moved(STEP)) - loss(moved(-STEP))) / (2 * STEP);
    expectClose(
      [dot(exact[`${name}/${grad}`]!, direction)],
      [difference],
      { rtol: APPROXIMATE[golden.op] ?? 1e-6, atol: 1e-8 },
      `${grad}, differences`,
    );
  }
});

test("the operators of the interpreter that no case of the fixtures reaches", () => {
  const used = new Set(
    offered.flatMap((golden) => {
      const { placeholders, outputs } = buildCase(golden, tensors);
      return lower({ inputs: placeholders, outputs }).nodes.map(({ opType }) => opType);
    }),
  );
  expect(Object.keys(KERNELS).filter((name) => !used.has(name))).toEqual([
    "DequantizeLinear", // dropout
    "ReduceSumSquare", // gradient norms
    "Resize", // upsampleNearest2d
  ]);
});

/** @file A part's weights in each precision, written and read back. */
import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { createNetwork } from "../networks/catalog.js";
import { initialWeights } from "../nn/parameters.js";
import { encodeWeights, parseModelFile, parseWeights } from "./model-files.js";
import { encodeSafetensors, parseSafetensors } from "./safetensors.js";

const { parameters } = createNetwork({
  ...{ architecture: "maxim", inChannels: 3, features: 4, stages: 1 },
  ...{ ends: "attention", coarseOutputs: false },
});
const weights = initialWeights(parameters, Rng.fromSeed(5));

test("a model's name is short enough for error messages", () => {
  const text = JSON.stringify({ format: "unblur model 1", name: "x".repeat(101), summary: "", license: "", model: {} });
  const refused = expect.objectContaining({
    code: "config",
    message: expect.stringMatching(/^m\.json: name: too big: .{1,60}; model/),
  });
  expect(() => parseModelFile(text, "m.json")).toThrow(refused);
});

test.each([
  ["F32", 4, 0],
  ["F16", 2, 2 ** -11],
  ["I8", 1.3, 0.5 / 127],
] as const)("%s needs about %f bytes a number and is off by at most %f of a row's largest", (precision, size, off) => {
  const bytes = encodeWeights(parameters, weights, precision, {});
  const read = parseWeights(parameters, bytes, "a test's");
  const count = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
  const header = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) + 8;
  expect((bytes.length - header) / count).toBeLessThan(size + 0.01);
  let worst = 0;
  for (const { label, shape } of parameters) {
    const [before, after] = [weights.get(label)!, read.get(label)!];
    const length = before.length / (shape[0] ?? 1);
    for (let row = 0; row < (shape[0] ?? 1); row++) {
      const own = before.subarray(row * length, (row + 1) * length);
      const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = own.reduce((most, value, i) => Math.max(most, Math.abs(value - after[row * length + i]!)), 0);
      worst = Math.max(worst, error / (largest || 1));
    }
  }
  expect(worst).toBeLessThanOrEqual(1.001 * off);
});

test("signed bytes without the scales of their rows are refused by name", () => {
  const { tensors, metadata } = parseSafetensors(encodeWeights(parameters, weights, "I8", {}));
  const [name] = [...tensors].find(([, { dtype }]) => dtype === "I8")!;
  const without = new Map([...tensors].filter(([label]) => label !== `${name}.scale`));
  const bytes = encodeSafetensors({ tensors: without, metadata });
  expect(() => parseWeights(parameters, bytes, "a test's")).toThrow(`expected "${name}"`);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  "%f among the weights is refused: results would be black",
  (value) => {
    const [{ label }] = parameters as unknown as readonly [{ readonly label: string }];
    const broken = new Map(weights).set(label, weights.get(label)!.slice().fill(value, -1));
    const bytes = encodeWeights(parameters, broken, "F32", {});
    const refused = expect.objectContaining({
      code: "checkpoint",
      message: expect.stringContaining(`"${label}" holds numbers that are not finite`),
    });
    expect(() => parseWeights(parameters, bytes, "a test's")).toThrow(refused);
  },
);

/**
 * @file A network computed in 8 bit: its ranges from measuring them to the weights file, and to the session that uses
 * them.
 */
import { expect, test } from "vitest";
import { multipliesBytes } from "../../platform/node/threads/processors.js";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../base/random.js";
import { encodeWeights, parsePart, rangesMetadata } from "../exchange/model-files.js";
import { encodeSafetensors } from "../exchange/safetensors.js";
import { createNetwork } from "../networks/catalog.js";
import { initialWeights } from "../nn/parameters.js";
import type { Runtime } from "../runtime/session.js";
import { measureRanges } from "./measure-ranges.js";
import { WindowedNetwork } from "./windowed-network.js";

const rng = Rng.fromSeed(31);
const network = createNetwork({
  ...{ architecture: "maxim", inChannels: 3, features: 4, stages: 1 },
  ...{ ends: "attention", coarseOutputs: false },
});
const { parameters } = network;
const weights = initialWeights(parameters, rng);
const SIDE = 256;
const picture = {
  ...{ width: SIDE, height: SIDE, channels: 3 as const },
  data: rng
    .fork("picture")
    .uniforms(3 * SIDE * SIDE)
    .map((u) => 2 * u - 1),
};

/** Keeps whether what it opened has 8 bit products. */
function watched(integers: boolean) {
  const runtime = createRuntime({ threads: 1, integers });
  const opened: boolean[] = [];
  const watching: Runtime = {
    ...runtime,
    open(graph) {
      opened.push(new TextDecoder("latin1").decode(graph.model).includes("MatMulIntegerToFloat"));
      return runtime.open(graph);
    },
  };
  return { runtime: watching, opened };
}

test("ranges go into the weights file and back, and a runtime that asks for them computes in 8 bit", {
  timeout: 120_000,
}, async () => {
  const measured = await measureRanges(network, weights, createRuntime({ threads: 1 }), [picture]);
  expect(measured.size).toBeGreaterThan(200);
  for (const [least, most] of measured.values()) expect(least).toBeLessThanOrEqual(most);
  const file = encodeWeights(parameters, weights, "F32", { format: "pt", ...rangesMetadata(measured) });
  const { ranges, weights: read } = parsePart(parameters, file, "a test's");
  expect(ranges).toEqual(measured);
  expect(parsePart(parameters, encodeWeights(parameters, weights, "F32", {}), "a test's").ranges).toBeNull();

  const results: Float32Array[] = [];
  for (const [integers, given] of [
    [false, ranges],
    [true, null],
    [true, ranges],
  ] as const) {
    const { runtime, opened } = watched(integers);
    await using windowed = new WindowedNetwork(network, read, runtime, 1e6, given);
    results.push(await windowed.run({ ...picture, images: [picture] }));
    expect(opened).toEqual([integers && given !== null]);
  }
  const [float, without, bytes] = results as [Float32Array, Float32Array, Float32Array];
  expect(without).toEqual(float);
  expect(bytes).not.toEqual(float);
  const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  const change = float.map((value, i) => value - picture.data[i]!);
  // Untrained weights in 4 channels: 0.4 where sums are exact, more where they saturate; another layout gives above 1.
  const error = rms(float.map((value, i) => value - bytes[i]!)) / rms(change);
  expect(error).toBeLessThan(multipliesBytes() ? 0.4 : 0.8);
});

test.each(["nonsense", "[1, 2]", '{"a": [0]}', '{"a": [2, 1]}', '{"a": [null, 1]}'])(
  "ranges that are none are refused: %s",
  (text) => {
    const { tensors } = {
      tensors: new Map(
        parameters.map(({ label, shape }) => [label, { dtype: "F32" as const, shape, data: weights.get(label)! }]),
      ),
    };
    expect(() => parsePart(parameters, encodeSafetensors({ tensors, metadata: { ranges: text } }), "a file")).toThrow(
      expect.objectContaining({ code: "checkpoint", message: expect.stringMatching(/^a file: expected "ranges"/) }),
    );
  },
);

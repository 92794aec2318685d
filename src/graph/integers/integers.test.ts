import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { Rng } from "../../base/random.js";
import { floatResult, floats } from "../../runtime/session.js";
import { compile } from "../compile.js";
import { conv2d } from "../ops/conv2d.js";
import { linear } from "../ops/linear.js";
import { matmul } from "../ops/matmul.js";
import { leakyRelu } from "../ops/relu.js";
import { reshape, slice, transpose } from "../ops/shape.js";
import { input, type Placeholder, type Tensor } from "../tensor.js";
import { integerWriting, type Ranges } from "./forms.js";
import { integerSites, roundedTensors } from "./sites.js";

/** Integers of at most `most`: sums of few such products never saturate on any processor. */
const whole = (rng: Rng, count: number, most: number): Float32Array =>
  rng.normals(count).map((value) => Math.max(-most, Math.min(most, Math.round(value * most))) || 0);

interface Case {
  readonly x: Placeholder;
  readonly y: Tensor;
  readonly weights: ReadonlyMap<Placeholder, Float32Array>;
}

/** A weight whose largest value per output is 127, so that its bytes equal its values. */
function weightOf(label: string, shape: readonly number[]): [Placeholder, Float32Array] {
  const tensor = input(label, shape);
  const data = whole(Rng.fromSeed(6).fork(label), tensor.size, 3);
  const each = tensor.size / shape[0]!;
  for (let o = 0; o < shape[0]!; o++) data[o * each] = 127;
  return [tensor, data];
}

const biasOf = (label: string, size: number): [Placeholder, Float32Array] => [
  input(label, [size]),
  whole(Rng.fromSeed(7).fork(label), size, 9),
];

const CASES: Readonly<Record<string, () => Case>> = {
  "a dense layer of an image": () => {
    const x = input("x", [1, 32, 40, 8]);
    const [weight, bias] = [weightOf("weight", [6, 8]), biasOf("bias", 6)];
    return { x, y: linear(x, weight[0], bias[0]), weights: new Map([weight, bias]) };
  },
  "a part of a dense layer without a bias": () => {
    const x = input("x", [1024, 8]);
    const weight = weightOf("weight", [6, 8]);
    return { x, y: linear(x, slice(weight[0], 0, 2, 5), null), weights: new Map([weight]) };
  },
  "mixed positions": () => {
    const x = input("x", [1, 16, 32, 40]);
    const weight = weightOf("weight", [16, 16]);
    return { x, y: matmul(weight[0], reshape(x, [1, 16, 1280])), weights: new Map([weight]) };
  },
  "a convolution of stride 2": () => {
    const x = input("x", [1, 8, 10, 4]);
    const [weight, bias] = [weightOf("weight", [6, 4, 4, 4]), biasOf("bias", 6)];
    const convolved = conv2d(transpose(x, [0, 3, 1, 2]), weight[0], bias[0], { stride: 2, padding: 1 });
    return { x, y: transpose(convolved, [0, 2, 3, 1]), weights: new Map([weight, bias]) };
  },
};

async function both({ x, y, weights }: Case, feed: Float32Array, ranges: Ranges) {
  const graph = { inputs: [x], outputs: { y }, weights };
  const runtime = createRuntime({ threads: 1 });
  const results: Float32Array[] = [];
  for (const writing of [undefined, integerWriting(graph, ranges)]) {
    await using session = await runtime.open(compile(graph, writing));
    results.push(floatResult(await session.run({ x: floats(feed, x.shape) }), "y"));
  }
  return results as [Float32Array, Float32Array];
}

const sitesOf = ({ y, weights }: Case) => integerSites([y], new Set<Tensor>(weights.keys()));

test.each(Object.entries(CASES))("integers are computed exactly: %s", async (_, build) => {
  const built = build();
  const feed = whole(Rng.fromSeed(8), built.x.size, 20).map((value) => Math.max(value, -7));
  const names = [...roundedTensors(sitesOf(built)).keys()];
  // Steps of 1 for x; for a convolution's result, steps that keep the rounding error within half a step.
  const ranges = new Map(names.map((name, i) => [name, i === 0 ? ([-7, 248] as const) : ([-5100, 7650] as const)]));
  const [float, integer] = await both(built, feed, ranges);
  const worst = float.reduce((most, value, i) => Math.max(most, Math.abs(value - integer[i]!)), 0);
  expect(Math.max(...float.map(Math.abs))).toBeGreaterThan(100);
  expect(worst).toBeLessThanOrEqual(names.length > 1 ? 25.01 : 1e-3);
});

test("two convolutions with a rectifier between them stay within their steps and keep the layout", async () => {
  const x = input("x", [1, 9, 7, 8]);
  const rng = Rng.fromSeed(9);
  const parameters = ["w1", "w2"].map((label): [Placeholder, Float32Array] => {
    const weight = input(label, [8, 8, 3, 3]);
    return [
      weight,
      rng
        .fork(label)
        .normals(weight.size)
        .map((value) => value / 8),
    ];
  });
  const biases = ["b1", "b2"].map((label): [Placeholder, Float32Array] => [
    input(label, [8]),
    rng.fork(label).normals(8),
  ]);
  const [[w1], [w2]] = parameters as [[Placeholder, Float32Array], [Placeholder, Float32Array]];
  const first = leakyRelu(conv2d(transpose(x, [0, 3, 1, 2]), w1, biases[0]![0], { padding: 1 }), 0.2);
  const y = transpose(conv2d(first, w2, biases[1]![0], { padding: 1 }), [0, 2, 3, 1]);
  const built = { x, y, weights: new Map([...parameters, ...biases]) };
  const names = [...roundedTensors(sitesOf(built)).keys()];
  expect(names).toEqual(["w1", "w1 #2", "w1 #3", "w2"]);
  const feed = rng.fork("x").normals(x.size);
  // Zero is byte 64, so no byte is above 128: sums of two larger products saturate where there is no VNNI.
  const [float, integer] = await both(built, feed, new Map(names.map((name) => [name, [-8, 24]])));
  const worst = float.reduce((most, value, i) => Math.max(most, Math.abs(value - integer[i]!)), 0);
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(0.5);
});

test("a site without a known range or with few rows is computed in float", async () => {
  const built = CASES["a dense layer of an image"]!();
  const feed = Rng.fromSeed(10).normals(built.x.size);
  const [float, integer] = await both(built, feed, new Map([["another", [0, 1]]]));
  expect(integer).toEqual(float);
  const few = input("few", [16, 8]);
  const weight = weightOf("weight", [6, 8]);
  expect(integerSites([linear(few, weight[0], null)], new Set([weight[0]])).sites).toEqual([]);
});

test("the halves of one layer share a range; another input of the layer has its own", () => {
  const [x, z] = [input("x", [1, 32, 32, 8]), input("z", [1, 32, 32, 8])];
  const [weight] = weightOf("layer.weight", [6, 8]);
  const outputs = [
    linear(x, slice(weight, 0, 0, 3), null),
    linear(x, slice(weight, 0, 3, 6), null),
    linear(z, weight, null),
  ];
  const names = [...roundedTensors(integerSites(outputs, new Set([weight]))).entries()];
  expect(names.map(([name, tensor]) => [name, tensor])).toEqual([
    ["layer.weight", x],
    ["layer.weight #2", z],
  ]);
});

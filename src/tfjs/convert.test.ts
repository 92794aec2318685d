/** @file Small graphs, converted and computed by the float64 interpreter, against plain loops written from TensorFlow's documentation. */
import { describe, expect, test } from "vitest";
import { interpret } from "../../test/oracle/onnx-interpreter.js";
import type { GraphModel, TfNode } from "../checkpoints/tfjs/graph-model.js";
import { lower } from "../graph/compile.js";
import { sizeOf } from "../graph/tensor.js";
import { convertGraph } from "./convert.js";
import { array } from "./value.js";

type Attributes = TfNode["attributes"];
let made: TfNode[] = [];
const node = (op: string, inputs: TfNode[] = [], attributes: Attributes = {}, value?: TfNode["value"]): TfNode => {
  const created = { name: `n${made.length}`, op, inputs, attributes, value };
  made.push(created);
  return created;
};
const wave = (count: number, by = 1.7): number[] => Array.from({ length: count }, (_, i) => Math.sin(by * i + 1));
const numbers = (shape: number[], values = wave(sizeOf(shape), 2.3)) =>
  node("Const", [], {}, array("float32", shape, values));
const ints = (...values: number[]) => node("Const", [], {}, array("int32", [values.length], values));
const int = (value: number) => node("Const", [], {}, array("int32", [], [value]));
const text = (value: string) => ({ s: btoa(value) });

/** Builds a graph on x of a shape, and computes it for a wave. */
function run(shape: number[], build: (x: TfNode) => TfNode) {
  made = [];
  const x = node("Placeholder");
  const y = build(x);
  const model: GraphModel = { nodes: made, inputs: [x], outputs: [y] };
  const converted = convertGraph(model, shape, "test");
  const written = lower({ inputs: [converted.input], outputs: { y: converted.output } });
  return {
    shape: converted.output.shape,
    operators: written.nodes.map(({ opType }) => opType),
    values: [...interpret(written, { image: wave(sizeOf(shape)) }).y!],
  };
}
const expectClose = (got: readonly number[], expected: readonly number[]) => {
  expect(got.length).toBe(expected.length);
  for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
};
const f32 = (values: readonly number[]) => values.map(Math.fround);

describe("sums of products", () => {
  const dims = { a: 1, b: 3, c: 2, d: 4, e: 2, f: 3, g: 4 } as Record<string, number>;
  const lengths = (labels: string) => [...labels].map((label) => dims[label]!);
  /** Any equation, by going over all values of all labels. */
  function naive(left: string, right: string, out: string, a: readonly number[], b: readonly number[]): number[] {
    const labels = [...new Set(left + right)];
    const sums: number[] = new Array(sizeOf(lengths(out))).fill(0);
    const at = (names: string, index: Record<string, number>) =>
      [...names].reduce((offset, label) => offset * dims[label]! + index[label]!, 0);
    for (let i = 0; i < sizeOf(lengths(labels.join(""))); i++) {
      let rest = i;
      const index: Record<string, number> = {};
      for (const label of labels) {
        index[label] = rest % dims[label]!;
        rest = Math.floor(rest / dims[label]!);
      }
      sums[at(out, index)]! += a[at(left, index)]! * b[at(right, index)]!;
    }
    return sums;
  }
  test.each([
    ["abcg", "gf", "abcf", 0],
    ["gb", "cgef", "bcef", 1],
    ["abgd", "gf", "abdf", 0],
  ] as const)("%s,%s->%s", (left, right, out, image) => {
    const labels = [left, right] as const;
    const equation = text(`${left},${right}->${out}`);
    const other = f32(wave(sizeOf(lengths(labels[1 - image]!)), 2.3));
    const { values, shape } = run(lengths(labels[image]!), (x) => {
      const w = numbers(lengths(labels[1 - image]!));
      return node("Einsum", image === 0 ? [x, w] : [w, x], { equation });
    });
    const x = wave(sizeOf(lengths(labels[image]!)));
    expect(shape).toEqual(lengths(out));
    expectClose(values, image === 0 ? naive(left, right, out, x, other) : naive(left, right, out, other, x));
  });
});

describe("convolutions", () => {
  /** Channels last; `before` zeros above and to the left. */
  function naive(shape: number[], kernel: number[], stride: number, before: number, out: number[]): number[] {
    const [x, w] = [wave(sizeOf(shape)), f32(wave(sizeOf(kernel), 2.3))];
    const [, h, wide, channels] = shape as [number, number, number, number];
    const [kh, kw, , o] = kernel as [number, number, number, number];
    const result: number[] = [];
    for (let row = 0; row < out[1]!; row++)
      for (let column = 0; column < out[2]!; column++)
        for (let k = 0; k < o; k++) {
          let sum = 0;
          for (let i = 0; i < kh; i++)
            for (let j = 0; j < kw; j++) {
              const [y0, x0] = [row * stride + i - before, column * stride + j - before];
              if (y0 < 0 || x0 < 0 || y0 >= h || x0 >= wide) continue;
              for (let c = 0; c < channels; c++)
                sum += x[(y0 * wide + x0) * channels + c]! * w[((i * kw + j) * channels + c) * o + k]!;
            }
          result.push(sum);
        }
    return result;
  }
  const attributes = (padding: string, stride: number): Attributes => ({
    ...{ padding: text(padding), data_format: text("NHWC") },
    ...{ strides: { list: { i: [1, stride, stride, 1] } }, dilations: { list: { i: [1, 1, 1, 1] } } },
  });
  test.each([
    ["SAME", 3, 1, 1, 5],
    ["SAME", 4, 2, 1, 3],
    ["SAME", 2, 1, 0, 5], // one zero, at the end
    ["VALID", 3, 1, 0, 3],
    ["VALID", 1, 1, 0, 5],
  ])("padding %s, kernel %i, stride %i", (padding, size, stride, before, out) => {
    const shape = [1, size === 4 ? 6 : 5, size === 4 ? 6 : 5, 2];
    const kernel = [size, size, 2, 3];
    const conv = (x: TfNode) => node("Conv2D", [x, numbers(kernel)], attributes(padding, stride));
    const expected = naive(shape, kernel, stride, before, [1, out, out, 3]);
    const plain = run(shape, conv);
    expect(plain.shape).toEqual([1, out, out, 3]);
    expectClose(plain.values, expected);
    const biased = run(shape, (x) => node("AddV2", [conv(x), numbers([1, 1, 1, 3], [1, 2, 3])]));
    expectClose(
      biased.values,
      expected.map((value, i) => value + 1 + (i % 3)),
    );
  });

  test("the transposed one spreads each pixel over a kernel", () => {
    const { values, shape } = run([1, 2, 3, 2], (x) =>
      node("Conv2DBackpropInput", [ints(1, 4, 6, 3), numbers([2, 2, 3, 2]), x], attributes("VALID", 2)),
    );
    const [x, w] = [wave(12), f32(wave(24, 2.3))];
    const expected: number[] = new Array(72).fill(0);
    for (let row = 0; row < 4; row++)
      for (let column = 0; column < 6; column++)
        for (let o = 0; o < 3; o++)
          for (let c = 0; c < 2; c++)
            expected[(row * 6 + column) * 3 + o]! +=
              x[((row >> 1) * 3 + (column >> 1)) * 2 + c]! * w[(((row & 1) * 2 + (column & 1)) * 3 + o) * 2 + c]!;
    expect(shape).toEqual([1, 4, 6, 3]);
    expectClose(values, expected);
  });
});

describe("layers in many nodes", () => {
  const shapeOf = (x: TfNode) => ints(1, ...(x ? [2, 3, 1] : []));
  /** As flax writes it: the variance from the mean of squares. */
  function normalised(x: TfNode, eps: number, factor = 1 / 4): TfNode {
    const mean = (of: TfNode) => node("Mul", [node("Sum", [of, ints(3)]), numbers([], [factor])]);
    const mu = mean(x);
    const variance = node("Sub", [mean(node("Square", [x])), node("Square", [mu])]);
    const positive = node("Reshape", [node("Maximum", [numbers([], [0]), variance]), shapeOf(x)]);
    const deviation = node("Rsqrt", [node("AddV2", [positive, numbers([], [eps])])]);
    const scale = node("Mul", [deviation, numbers([1, 1, 1, 4], [1, 2, 3, 4])]);
    const centred = node("Sub", [x, node("Reshape", [mu, shapeOf(x)])]);
    return node("AddV2", [node("Mul", [centred, scale]), numbers([1, 1, 1, 4], [5, 6, 7, 8])]);
  }
  const expected = (eps: number, factor = 1 / 4) => {
    const x = wave(24);
    return x.map((value, i) => {
      const row = x.slice(i - (i % 4), i - (i % 4) + 4);
      const mean = row.reduce((a, b) => a + b) * factor;
      const variance = Math.max(0, row.reduce((a, b) => a + b * b, 0) * factor - mean * mean);
      return ((value - mean) / Math.sqrt(variance + eps)) * ((i % 4) + 1) + 5 + (i % 4);
    });
  };
  test("layer normalisation is one operator", () => {
    const { values, operators } = run([1, 2, 3, 4], (x) => normalised(x, 0.01));
    expect(operators.filter((op) => op !== "Reshape")).toEqual(["LayerNormalization"]);
    expectClose(values, expected(0.01));
  });
  test("what divides by another number is not taken for it", () => {
    const { values, operators } = run([1, 2, 3, 4], (x) => normalised(x, 0.01, 0.3));
    expect(operators).not.toContain("LayerNormalization");
    expectClose(values, expected(0.01, 0.3));
  });

  const gelu = (cubic: number) => (x: TfNode) => {
    const cube = node("Mul", [node("Mul", [numbers([], [cubic]), x]), node("Square", [x])]);
    const inner = node("Mul", [numbers([], [Math.sqrt(2 / Math.PI)]), node("AddV2", [x, cube])]);
    const gate = node("AddV2", [numbers([], [1]), node("Tanh", [inner])]);
    return node("Mul", [node("Mul", [x, numbers([], [0.5])]), gate]);
  };
  test.each([
    [0.044715, ["FastGelu"]],
    [0.05, null],
  ])("GELU with %f", (cubic, operators) => {
    const got = run([5], gelu(cubic));
    if (operators) expect(got.operators).toEqual(operators);
    else expect(got.operators).not.toContain("FastGelu");
    expectClose(
      got.values,
      wave(5).map((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + cubic * x ** 3)))),
    );
  });

  test.each([
    ["rows", [0, 3, 2, 1], 1],
    ["columns", [0, 1, 3, 2], 2],
  ] as const)("a dense layer over %s moves nothing", (_, order, axis) => {
    const shape = [2, 3, 5, 4];
    const [before, lengths] = [shape[axis]!, shape.with(axis, 2)];
    const {
      values,
      operators,
      shape: got,
    } = run(shape, (x) => {
      const swap = (of: TfNode) => node("Transpose", [of, ints(...order)]);
      const product = node("Einsum", [swap(x), numbers([before, 2])], { equation: text("abcg,gf->abcf") });
      return swap(node("AddV2", [product, numbers([1, 1, 1, 2], [10, 20])]));
    });
    const [x, w] = [wave(sizeOf(shape)), f32(wave(2 * before, 2.3))];
    const inner = sizeOf(shape.slice(axis + 1));
    const expected = Array.from({ length: sizeOf(lengths) }, (_, at) => {
      const [outer, f, within] = [Math.floor(at / inner / 2), Math.floor(at / inner) % 2, at % inner];
      let sum = 10 * (f + 1);
      for (let g = 0; g < before; g++) sum += x[(outer * before + g) * inner + within]! * w[g * 2 + f]!;
      return sum;
    });
    expect(got).toEqual(lengths);
    expect(operators.filter((op) => op === "Transpose")).toHaveLength(1); // of the weight, before the network runs
    expectClose(values, expected);
  });

  test("what swaps other axes back is not taken for it", () => {
    const { operators } = run([1, 3, 3, 3], (x) => {
      const swapped = node("Transpose", [x, ints(0, 3, 2, 1)]);
      const product = node("Einsum", [swapped, numbers([3, 3])], { equation: text("abcg,gf->abcf") });
      return node("Transpose", [node("AddV2", [product, numbers([1, 1, 1, 3])]), ints(0, 1, 3, 2)]);
    });
    expect(operators.filter((op) => op === "Transpose")).toHaveLength(2);
  });

  test("a leaky ReLU", () => {
    const { values, operators } = run([6], (x) =>
      node("SelectV2", [node("GreaterEqual", [x, numbers([], [0])]), x, node("Mul", [numbers([], [0.2]), x])]),
    );
    expect(operators).toEqual(["LeakyRelu"]);
    expectClose(
      values,
      wave(6).map((x) => (x >= 0 ? x : 0.2 * x)),
    );
  });
});

describe("sizes and places", () => {
  test("are worked out, so that only what moves is left", () => {
    const { values, operators } = run([1, 4, 6, 1], (x) => {
      const size = (axis: number) =>
        node("StridedSlice", [node("Shape", [x]), ints(axis), ints(axis + 1), ints(1)], { shrink_axis_mask: { i: 1 } });
      const half = (axis: number) => node("FloorDiv", [size(axis), int(2)]);
      const blocks = node("Reshape", [x, node("Pack", [int(-1), half(1), int(2), size(2)], { axis: { i: 0 } })]);
      return node("Transpose", [blocks, ints(0, 2, 1, 3)]);
    });
    const x = wave(24);
    expect(operators).toEqual(["Reshape", "Transpose"]);
    expect(values).toEqual([0, 12, 6, 18].flatMap((start) => x.slice(start, start + 6)));
  });
  test("strided slices, gathers and joins", () => {
    const { values } = run([2, 5], (x) => {
      const middle = node("StridedSlice", [x, ints(0, 1), ints(0, -1), ints(1, 2)], { end_mask: { i: 1 } });
      const ends = node("GatherV2", [x, node("Range", [int(4), int(-1), int(-4)]), int(1)]);
      return node("ConcatV2", [middle, ends, int(-1)]);
    });
    const x = wave(10);
    expectClose(
      values,
      [1, 3, 4, 0, 6, 8, 9, 5].map((i) => x[i]!),
    );
  });
  test("known numbers are added, summed and chosen at once", () => {
    const { values, operators } = run([2], (x) => {
      const table = numbers([2, 3], [1, 2, 3, 4, 5, 6]);
      const sums = node("Sum", [table, ints(1)]); // 6, 15
      const less = node("LessEqual", [sums, numbers([], [6])]);
      return node("AddV2", [x, node("SelectV2", [less, sums, numbers([], [-1])])]);
    });
    expect(operators).toEqual(["Add"]);
    expectClose(values, [wave(2)[0]! + 6, wave(2)[1]! - 1]);
  });
  test("an operation that is not known is named", () => {
    expect(() => run([2], (x) => node("Softmax", [x]))).toThrow(/not known: Softmax/);
  });
  test("an equation that is not known is refused", () => {
    const equation = text("ab,bc->ca");
    expect(() => run([2, 2], (x) => node("Einsum", [x, numbers([2, 2])], { equation }))).toThrow(/ab,bc->ca/);
  });
});

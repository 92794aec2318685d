/**
 * @file ONNX operators in float64, each as its specification says, as plainly as possible: the ones this project emits.
 */
import type { Attributes, AttributeValue } from "../../src/graph/emitter.js";
import { at, broadcast, fold, generate, inside, type NdArray, reshaped, zip } from "./array.js";
import { erf, sigmoid, softplus } from "./special-functions.js";

/** Gives the result, or all of them where an operator has several. */
export type Kernel = (inputs: readonly NdArray[], attributes: Attributes) => NdArray | readonly NdArray[];

const int = (value: AttributeValue | undefined, otherwise: number): number =>
  typeof value === "number" ? value : otherwise;
const float = (value: AttributeValue | undefined, otherwise: number): number =>
  typeof value === "object" && "float" in value ? Math.fround(value.float) : int(value, otherwise);
const ints = (value: AttributeValue | undefined, otherwise: readonly number[]): readonly number[] =>
  Array.isArray(value) ? (value as readonly number[]) : otherwise;

const elementwise =
  (f: (...values: number[]) => number): Kernel =>
  (inputs) =>
    zip(f, ...inputs);

const reduction =
  (start: number, f: (sum: number, value: number) => number, finish = (sum: number, _count: number) => sum): Kernel =>
  ([x, list], { keepdims, axes: listed }) => {
    const given = list ? [...list.data] : [...ints(listed, [...x!.shape.keys()])];
    const axes = given.map((axis) => (axis < 0 ? axis + x!.shape.length : axis));
    const kept = fold(x!, axes, start, f);
    const finished = { ...kept, data: kept.data.map((sum) => finish(sum, x!.data.length / kept.data.length)) };
    return int(keepdims, 1)
      ? finished
      : reshaped(
          finished,
          x!.shape.filter((_, i) => !axes.includes(i)),
        );
  };

function matmul(a: NdArray, b: NdArray, transA: number, transB: number): NdArray {
  const [rowsA, colsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, colsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transA ? [colsA, rowsA] : [rowsA, colsA];
  const p = transB ? rowsB : colsB;
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return generate([...batch, m, p], (index) => {
    const lead = index.slice(0, -2);
    const [i, j] = index.slice(-2) as [number, number];
    // A length of 1 must not be taken for broadcasting here: the two last indices are always within.
    let sum = 0;
    for (let q = 0; q < k; q++)
      sum += at(a, transA ? [...lead, q, i] : [...lead, i, q]) * at(b, transB ? [...lead, j, q] : [...lead, q, j]);
    return sum;
  });
}

const geometry = (attributes: Attributes) => ({
  strides: ints(attributes.strides, [1, 1]) as [number, number],
  pads: ints(attributes.pads, [0, 0, 0, 0]) as [number, number, number, number],
  dilations: ints(attributes.dilations, [1, 1]) as [number, number],
  groups: int(attributes.group, 1),
});

const conv: Kernel = ([x, w, b], attributes) => {
  const { strides, pads, dilations, groups } = geometry(attributes);
  const [n, , h, width] = x!.shape as [number, number, number, number];
  const [o, c, kh, kw] = w!.shape as [number, number, number, number];
  const out = (length: number, k: number, axis: 0 | 1) =>
    Math.floor((length + pads[axis] + pads[axis + 2]! - dilations[axis] * (k - 1) - 1) / strides[axis]) + 1;
  return generate([n, o, out(h, kh, 0), out(width, kw, 1)], ([image, oc, row, column]) => {
    const first = Math.floor(oc! / (o / groups)) * c;
    let sum = b ? b.data[oc!]! : 0;
    for (let ic = 0; ic < c; ic++)
      for (let i = 0; i < kh; i++)
        for (let j = 0; j < kw; j++)
          sum +=
            w!.data[((oc! * c + ic) * kh + i) * kw + j]! *
            inside(x!, [
              image!,
              first + ic,
              row! * strides[0] - pads[0] + i * dilations[0],
              column! * strides[1] - pads[1] + j * dilations[1],
            ]);
    return sum;
  });
};

const maxPool: Kernel = ([x], attributes) => {
  const { strides, pads } = geometry(attributes);
  const kernel = ints(attributes.kernel_shape, []);
  const round = int(attributes.ceil_mode, 0) ? Math.ceil : Math.floor;
  const [n, c, h, width] = x!.shape as [number, number, number, number];
  const count = (length: number, axis: 0 | 1) =>
    round((length + pads[axis] + pads[axis + 2]! - kernel[axis]!) / strides[axis]) + 1;
  return generate([n, c, count(h, 0), count(width, 1)], ([image, channel, row, column]) => {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < kernel[0]!; i++)
      for (let j = 0; j < kernel[1]!; j++) {
        const [r, s] = [row! * strides[0] - pads[0] + i, column! * strides[1] - pads[1] + j];
        if (r >= 0 && r < h && s >= 0 && s < width) most = Math.max(most, inside(x!, [image!, channel!, r, s]));
      }
    return most;
  });
};

const convTranspose: Kernel = ([x, w], attributes) => {
  const { strides, pads, dilations, groups } = geometry(attributes);
  const extra = ints(attributes.output_padding, [0, 0]);
  const [n, c, h, width] = x!.shape as [number, number, number, number];
  const [, perGroup, kh, kw] = w!.shape as [number, number, number, number];
  const out = (length: number, k: number, axis: 0 | 1) =>
    (length - 1) * strides[axis] + dilations[axis] * (k - 1) + 1 + extra[axis]! - pads[axis] - pads[axis + 2]!;
  const shape = [n, perGroup * groups, out(h, kh, 0), out(width, kw, 1)] as const;
  const y = generate(shape, () => 0);
  let position = 0;
  generate(x!.shape, ([image, ic, row, column]) => {
    const value = x!.data[position++]!;
    const group = Math.floor(ic! / (c / groups));
    for (let oc = 0; oc < perGroup; oc++)
      for (let i = 0; i < kh; i++)
        for (let j = 0; j < kw; j++) {
          const [r, s] = [
            row! * strides[0] - pads[0] + i * dilations[0],
            column! * strides[1] - pads[1] + j * dilations[1],
          ];
          if (r < 0 || s < 0 || r >= shape[2] || s >= shape[3]) continue;
          const target = ((image! * shape[1] + group * perGroup + oc) * shape[2] + r) * shape[3] + s;
          y.data[target]! += value * w!.data[((ic! * perGroup + oc) * kh + i) * kw + j]!;
        }
    return 0;
  });
  return y;
};

const slice: Kernel = ([x, starts, ends, axes, steps]) => {
  const from = x!.shape.map(() => 0);
  const step = x!.shape.map(() => 1);
  const shape = [...x!.shape];
  axes!.data.forEach((given, i) => {
    const axis = given < 0 ? given + shape.length : given;
    const length = x!.shape[axis]!;
    const by = steps ? steps.data[i]! : 1;
    const bound = (value: number) => {
      const index = value < 0 ? value + length : value;
      return by > 0 ? Math.min(Math.max(index, 0), length) : Math.min(Math.max(index, -1), length - 1);
    };
    const [start, end] = [bound(starts!.data[i]!), bound(ends!.data[i]!)];
    [from[axis], step[axis], shape[axis]] = [start, by, Math.max(0, Math.ceil((end - start) / by))];
  });
  return generate(shape, (index) =>
    inside(
      x!,
      index.map((value, axis) => from[axis]! + value * step[axis]!),
    ),
  );
};

const concat: Kernel = (parts, attributes) => {
  const rank = parts[0]!.shape.length;
  const axis = (int(attributes.axis, 0) + rank) % rank;
  const total = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return generate(parts[0]!.shape.with(axis, total), (index) => {
    let place = index[axis]!;
    for (const part of parts) {
      if (place < part.shape[axis]!) return inside(part, index.with(axis, place));
      place -= part.shape[axis]!;
    }
    return Number.NaN;
  });
};

const softmax: Kernel = ([x], attributes) => {
  const axes = [(int(attributes.axis, -1) + x!.shape.length) % x!.shape.length];
  const powers = zip((value, most) => Math.exp(value - most), x!, fold(x!, axes, Number.NEGATIVE_INFINITY, Math.max));
  return zip(
    (value, sum) => value / sum,
    powers,
    fold(powers, axes, 0, (sum, value) => sum + value),
  );
};

const add = (a: number, b: number): number => a + b;

/** Kernels by operator name; domains are left out, because no name occurs in two. */
export const KERNELS: Readonly<Record<string, Kernel>> = {
  Add: elementwise(add),
  Sub: elementwise((a, b) => a! - b!),
  Mul: elementwise((a, b) => a! * b!),
  Div: elementwise((a, b) => a! / b!),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Greater: elementwise((a, b) => Number(a! > b!)),
  GreaterOrEqual: elementwise((a, b) => Number(a! >= b!)),
  Where: elementwise((condition, a, b) => (condition ? a! : b!)),
  Clip: elementwise((x, low, high) => Math.min(Math.max(x!, low!), high!)),
  PRelu: elementwise((x, slope) => (x! > 0 ? x! : x! * slope!)),
  DequantizeLinear: elementwise((x, scale, zero = 0) => (x! - zero) * scale!),
  GatedAdd: elementwise((first, second, gate) => first! + second! * gate!),
  Abs: elementwise(Math.abs),
  Erf: elementwise(erf),
  Exp: elementwise(Math.exp),
  Floor: elementwise(Math.floor),
  Identity: elementwise((x) => x!),
  Log: elementwise(Math.log),
  Reciprocal: elementwise((x) => 1 / x!),
  Relu: elementwise((x) => Math.max(x!, 0)),
  Sigmoid: elementwise(sigmoid),
  Sign: elementwise(Math.sign),
  Softplus: elementwise(softplus),
  Sqrt: elementwise(Math.sqrt),
  Tanh: elementwise(Math.tanh),
  LeakyRelu: ([x], { alpha }) => zip((value) => (value > 0 ? value : value * float(alpha, 0.01)), x!),
  QuickGelu: ([x], { alpha }) => zip((value) => value * sigmoid(float(alpha, 1.702) * value), x!),

  FastGelu: ([x]) =>
    zip((value) => 0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3))), x!),
  /** Over the last axis. Results: normalised, the mean, 1 / deviation. */
  LayerNormalization: ([x, weight, bias], { epsilon }) => {
    const c = x!.shape.at(-1)!;
    const rows = Array.from({ length: x!.data.length / c }, (_, row) => x!.data.subarray(row * c, (row + 1) * c));
    const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / c;
    const means = Float64Array.from(rows, meanOf);
    const inverses = Float64Array.from(
      rows,
      (row, i) => 1 / Math.sqrt(meanOf(row.map((value) => (value - means[i]!) ** 2)) + float(epsilon, 1e-5)),
    );
    const data = x!.data.map((value, i) => {
      const row = Math.floor(i / c);
      return (value - means[row]!) * inverses[row]! * weight!.data[i % c]! + bias!.data[i % c]!;
    });
    const perRow = [...x!.shape.slice(0, -1), 1];
    return [
      { shape: x!.shape, data },
      { shape: perRow, data: means },
      { shape: perRow, data: inverses },
    ];
  },
  ReduceSum: reduction(0, add),
  ReduceSumSquare: reduction(0, (sum, value) => sum + value * value),
  ReduceMean: reduction(0, add, (sum, count) => sum / count),
  ReduceMax: reduction(Number.NEGATIVE_INFINITY, Math.max),
  Softmax: softmax,
  MatMul: ([a, b]) => matmul(a!, b!, 0, 0),
  FusedMatMul: ([a, b], { transA, transB, alpha }) => {
    const scale = float(alpha, 1);
    return zip((value) => value * scale, matmul(a!, b!, int(transA, 0), int(transB, 0)));
  },
  Gemm: ([a, b, c], { transA, transB }) => zip(add, matmul(a!, b!, int(transA, 0), int(transB, 0)), c!),
  Conv: conv,
  MaxPool: maxPool,
  ConvTranspose: convTranspose,

  Reshape: ([x, shape]) => reshaped(x!, [...shape!.data]),
  Unsqueeze: ([x, axes]) => {
    const rank = x!.shape.length + axes!.data.length;
    const places = [...axes!.data].map((axis) => (axis + rank) % rank);
    const lengths = [...x!.shape];
    return reshaped(
      x!,
      Array.from({ length: rank }, (_, i) => (places.includes(i) ? 1 : lengths.shift()!)),
    );
  },
  Expand: ([x, shape]) => generate(broadcast(x!.shape, [...shape!.data]), (index) => at(x!, index)),
  Transpose: ([x], { perm }) => {
    const order = ints(perm, []);
    const back = order.map((_, i) => order.indexOf(i));
    return generate(
      order.map((axis) => x!.shape[axis]!),
      (index) =>
        inside(
          x!,
          back.map((i) => index[i]!),
        ),
    );
  },
  Slice: slice,
  Concat: concat,
  Gather: ([x, indices], attributes) => {
    const axis = int(attributes.axis, 0);
    return generate(x!.shape.with(axis, indices!.data.length), (index) =>
      inside(x!, index.with(axis, indices!.data[index[axis]!]!)),
    );
  },
  Pad: ([x, pads]) => {
    const rank = x!.shape.length;
    const shape = x!.shape.map((length, i) => length + pads!.data[i]! + pads!.data[i + rank]!);
    return generate(shape, (index) =>
      inside(
        x!,
        index.map((value, i) => value - pads!.data[i]!),
      ),
    );
  },
  DepthToSpace: ([x], { blocksize }) => {
    const r = int(blocksize, 1);
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    return generate([n, c / (r * r), h * r, w * r], ([image, channel, row, column]) =>
      inside(x!, [
        image!,
        channel! * r * r + (row! % r) * r + (column! % r),
        Math.floor(row! / r),
        Math.floor(column! / r),
      ]),
    );
  },
  /** mode nearest, asymmetric, floor. */
  Resize: (inputs) => {
    const [x, sizes] = [inputs[0]!, inputs.at(-1)!];
    return generate([...sizes.data], (index) =>
      inside(
        x,
        index.map((value, i) => Math.floor((value * x.shape[i]!) / sizes.data[i]!)),
      ),
    );
  },
};

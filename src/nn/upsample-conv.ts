/**
 * @file Nearest-neighbour enlargement by 2 merged with a 3x3 convolution. Enlarged pixels come in equal pairs, so each
 * of the four phases of the result (even or odd row, even or odd column) is a 2x2 convolution of the small image with
 * sums of the 3x3 weights. This takes 16 products per pixel instead of 36, and no enlarged image.
 */
import { constant } from "../graph/ops/constant.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { matmul } from "../graph/ops/matmul.js";
import { concat, pad, reshape } from "../graph/ops/shape.js";
import { checkShape, type Tensor, withAnySize } from "../graph/tensor.js";
import { torchDefault, uniformOfFanIn } from "./init.js";
import type { Layer } from "./layers.js";
import type { Init, Scope } from "./parameters.js";

/** Assignment of the 3 weights to the 2 pixels that a phase covers, along one axis. */
const MERGED = [
  [
    [1, 0, 0],
    [0, 1, 1],
  ],
  [
    [1, 1, 0],
    [0, 0, 1],
  ],
] as const;

/** Matrix [9, 4] from a 3x3 kernel to the 2x2 kernel of a phase. */
function merging(row: 0 | 1, column: 0 | 1): Tensor {
  const values: number[] = [];
  for (let r = 0; r < 3; r++)
    for (let s = 0; s < 3; s++)
      for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) values.push(MERGED[row][i]![r]! * MERGED[column][j]![s]!);
  return constant(values, [9, 4]);
}

/**
 * x: [N, C, H, W], weight: [O, C, 3, 3], bias: [O] -> [N, O, 2 H, 2 W]: conv2d(upsampleNearest2d(x, 2), weight, bias,
 * padding 1).
 */
export function upsampleConv2d(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  checkShape("upsampleConv2d: weight", weight, ["O", "C", 3, 3]);
  const [o, c] = weight.shape as [number, number];
  checkShape("upsampleConv2d: x", x, ["N", c, "H", "W"]);
  const flat = reshape(weight, [o * c, 9]);
  const phase = (row: 0 | 1, column: 0 | 1): Tensor => {
    const padded = pad(x, [
      [0, 0],
      [0, 0],
      [1 - row, row],
      [1 - column, column],
    ]);
    return conv2d(padded, reshape(matmul(flat, merging(row, column)), [o, c, 2, 2]), bias);
  };
  const phases = [phase(0, 0), phase(0, 1), phase(1, 0), phase(1, 1)] as const;
  return withAnySize(interleaved([phases[0], phases[1]], [phases[2], phases[3]]), {
    inputs: phases,
    // Slower, but for any width: the runs below must divide the width.
    onnx: (names, emit) =>
      emit.node("DepthToSpace", [emit.node("Concat", names, { axis: 1 })], { blocksize: 2, mode: "DCR" }),
  });
}

/** `upsampleConv2d` with its parameters `weight` and `bias`. */
export function upsampleConvLayer(
  scope: Scope,
  config: { readonly channels: number; readonly init?: Init; readonly biasInit?: Init },
): Layer {
  const { channels, init = torchDefault, biasInit = uniformOfFanIn(9 * channels) } = config;
  const weight = scope.parameter("weight", [channels, channels, 3, 3], init);
  const bias = scope.parameter("bias", [channels], biasInit);
  return (x) => upsampleConv2d(x, weight, bias);
}

/**
 * Longest run of columns that are interleaved by one product with a permutation matrix; value by value is 5 times
 * slower.
 */
const RUN = 64;

/** Four phases [N, O, H, W] -> [N, O, 2 H, 2 W]. `even` and `odd` are the rows, each with its even and odd columns. */
function interleaved(even: readonly [Tensor, Tensor], odd: readonly [Tensor, Tensor]): Tensor {
  const [n, o, h, w] = even[0].shape as [number, number, number, number];
  const run = largestDivisor(w, RUN);
  const runs = (n * o * h * w) / run;
  const permutation = new Float32Array(2 * run * 2 * run);
  for (let column = 0; column < 2; column++)
    for (let j = 0; j < run; j++) permutation[(column * run + j) * 2 * run + 2 * j + column] = 1;
  const matrix = constant(permutation, [2 * run, 2 * run]);
  const rows = ([left, right]: readonly [Tensor, Tensor]): Tensor => {
    const pairs = concat([reshape(left, [runs, run]), reshape(right, [runs, run])], 1);
    return reshape(matmul(pairs, matrix), [n * o * h, 1, 2 * w]);
  };
  return reshape(concat([rows(even), rows(odd)], 1), [n, o, 2 * h, 2 * w]);
}

function largestDivisor(value: number, limit: number): number {
  let divisor = Math.min(value, limit);
  while (value % divisor !== 0) divisor--;
  return divisor;
}

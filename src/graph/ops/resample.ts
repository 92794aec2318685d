/** @file Resampling of images as in PyTorch's `interpolate`, without a low-pass filter before shrinking. */
import { argumentError } from "../../base/errors.js";
import { checkShape, type Tensor, withAnySize } from "../tensor.js";
import { type AxisMatrix, alongPlane, matrixFromTaps } from "./axis-matrix.js";

export const RESAMPLING = ["nearest", "bilinear", "bicubic"] as const;
export type Resampling = (typeof RESAMPLING)[number];

export interface ResampleOptions {
  readonly mode: Resampling;
  /** Factor of both sides. Lengths are rounded down; the step between samples is exactly 1 / scale. */
  readonly scale?: number;
  /** Size [H, W] of the result, instead of `scale`. */
  readonly size?: readonly number[];
  /** true: the centres of the corner pixels stay in place; false: the corners of the image do. */
  readonly alignCorners?: boolean;
  /** Parameter of the cubic kernel (Keys 1981). */
  readonly cubic?: number;
}

type Taps = readonly (readonly [index: number, weight: number])[];

/** x: [N, C, H, W] -> [N, C, H', W']. Throws `argument` unless exactly one of `scale` and `size` is given. */
export function resample(x: Tensor, options: ResampleOptions): Tensor {
  checkShape("resample", x, ["N", "C", "H", "W"]);
  const { scale, size } = options;
  if ((scale === undefined) === (size === undefined))
    throw argumentError("resample", "either scale or size must be given", JSON.stringify({ scale, size }));
  const matrix = (axis: 0 | 1): AxisMatrix => {
    const before = x.shape[axis + 2]!;
    const after = size ? size[axis]! : Math.floor(before * scale!);
    if (!(after >= 1)) throw argumentError("resample", "the result must have a pixel on each side", after);
    return axisMatrix(before, after, scale === undefined ? before / after : 1 / scale, options);
  };
  const result = alongPlane(x, matrix(0), matrix(1));
  const exact = scale === undefined || result.shape.slice(2).every((after, i) => after === x.shape[i + 2]! * scale);
  if (options.mode !== "bilinear" || !exact) return result;
  return withAnySize(result, {
    inputs: [x],
    onnx: ([a], emit) =>
      emit.node("Resize", [a!, "", "", emit.ints(result.shape)], {
        mode: "linear",
        coordinate_transformation_mode: options.alignCorners ? "align_corners" : "half_pixel",
      }),
  });
}

function axisMatrix(before: number, after: number, step: number, options: ResampleOptions): AxisMatrix {
  const { mode, alignCorners = false, cubic = -0.75 } = options;
  const position = (i: number): number =>
    alignCorners ? (after > 1 ? (i * (before - 1)) / (after - 1) : 0) : (i + 0.5) * step - 0.5;
  const taps = {
    // PyTorch stores this step in float32 for every image type.
    nearest: (i: number): Taps => [[Math.floor(Math.fround(i * Math.fround(step))), 1]],
    bilinear: (i: number): Taps => {
      const at = Math.max(0, position(i));
      const low = Math.floor(at);
      return [[low, 1 - (at - low)], [low + 1, at - low]]; // biome-ignore format: pairs
    },
    bicubic: (i: number): Taps => {
      const at = position(i);
      const low = Math.floor(at);
      return [-1, 0, 1, 2].map((offset) => [low + offset, cubicKernel(at - low - offset, cubic)] as const);
    },
  } as const satisfies Record<Resampling, (i: number) => Taps>;
  const inside = (index: number): number => Math.min(Math.max(index, 0), before - 1);
  return matrixFromTaps(after, before, (i) => taps[mode](i).map(([index, weight]) => [inside(index), weight] as const));
}

/** Keys' cubic kernel at distance t. */
function cubicKernel(t: number, a: number): number {
  const d = Math.abs(t);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

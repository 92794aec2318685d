/**
 * @file Edge loss of MPRNet (Zamir et al. 2021): Charbonnier penalty between the same level of two Laplacian pyramids.
 */
import { sub } from "../../graph/ops/arithmetic.js";
import { type AxisMatrix, alongPlane, matrixFromTaps, product } from "../../graph/ops/axis-matrix.js";
import type { Tensor } from "../../graph/tensor.js";
import { charbonnier } from "./charbonnier.js";

/** Low-pass filter of Burt and Adelson 1983. */
const KERNEL = [0.05, 0.25, 0.4, 0.25, 0.05];

/** Smooths (border pixels repeated), keeps every other pixel, fills the gaps with zeros, doubles and smooths again. */
function pyramidMatrix(length: number): AxisMatrix {
  const smooth = matrixFromTaps(length, length, (row) =>
    KERNEL.map((weight, k) => [Math.min(Math.max(row + k - 2, 0), length - 1), weight] as const),
  );
  const kept = matrixFromTaps(length, length, (row) => (row % 2 === 0 ? [[row, 2] as const] : []));
  return product(smooth, product(kept, smooth));
}

/** Finest level of the Laplacian pyramid: x minus its low-pass version. [N, C, H, W] -> the same. */
const laplacian = (x: Tensor): Tensor =>
  sub(x, alongPlane(x, pyramidMatrix(x.shape.at(-2)!), pyramidMatrix(x.shape.at(-1)!)));

/**
 * prediction, target: [N, C, H, W] -> scalar; `offset` as in the Charbonnier loss. Published code subtracts the two
 * Laplacians; here the Laplacian is taken of the difference, which is equal up to rounding.
 */
export const edgeLoss = (prediction: Tensor, target: Tensor, offset = 1e-6): Tensor =>
  charbonnier(laplacian(sub(prediction, target)), offset);

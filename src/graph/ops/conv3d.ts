/**
 * @file Three-dimensional convolution, computed in two dimensions: taps along the depth become channels, positions
 * along the depth become images.
 */
import { checkShape, type Tensor } from "../tensor.js";
import { conv2d } from "./conv2d.js";
import { concat, pad, reshape, transpose } from "./shape.js";
import { take } from "./take.js";

export interface Conv3dOptions {
  readonly stride?: number;
  readonly padding?: number;
}

/** x: [N, C, D, H, W], weight: [O, C, kd, kh, kw], bias: [O] -> [N, O, D', H', W']. */
export function conv3d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { stride = 1, padding = 0 }: Conv3dOptions = {},
): Tensor {
  checkShape("conv3d: weight", weight, ["O", "C", "kd", "kh", "kw"]);
  const [o, c, kd, kh, kw] = weight.shape as [number, number, number, number, number];
  checkShape("conv3d: x", x, ["N", c, "D", "H", "W"]);
  const [n, , , h, w] = x.shape as [number, number, number, number, number];
  const padded = pad(x, [[0, 0], [0, 0], [padding, padding], [0, 0], [0, 0]]); // biome-ignore format: a pair an axis
  const depth = Math.floor((padded.shape[2]! - kd) / stride) + 1;
  const taps = Array.from({ length: kd }, (_, k) =>
    take(
      padded,
      2,
      Array.from({ length: depth }, (_, i) => i * stride + k),
    ),
  );
  const images = reshape(transpose(concat(taps, 1), [0, 2, 1, 3, 4]), [n * depth, kd * c, h, w]);
  const kernel = reshape(transpose(weight, [0, 2, 1, 3, 4]), [o, kd * c, kh, kw]);
  const y = conv2d(images, kernel, bias, { stride, padding });
  const [, , outH, outW] = y.shape as [number, number, number, number];
  return transpose(reshape(y, [n, depth, o, outH, outW]), [0, 2, 1, 3, 4]);
}

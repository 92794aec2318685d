/** @file Transposed convolution: the input gradient of a convolution, used as a layer. */
import { argumentError } from "../../base/errors.js";
import { checkShape, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { type Conv2dOptions, conv2dInputGradient, convGeometry } from "./conv2d.js";
import { reshape } from "./shape.js";

export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** Rows and columns added at the end. It selects one of the sizes that the convolution would map to this input. */
  readonly outputPadding?: number;
}

/**
 * x: [N, C, H, W], weight: [C, O / groups, kh, kw], bias: [O] -> [N, O, H', W'], H' = (H - 1) stride - 2 padding +
 * dilation (kh - 1) + outputPadding + 1.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { outputPadding = 0, ...options }: ConvTranspose2dOptions = {},
): Tensor {
  const geometry = convGeometry(options);
  const { stride, padding, dilation, groups } = geometry;
  checkShape("convTranspose2d: weight", weight, ["C", "O/groups", "kh", "kw"]);
  const [c, perGroup, kh, kw] = weight.shape as [number, number, number, number];
  checkShape("convTranspose2d: x", x, ["N", c, "H", "W"]);
  if (outputPadding >= Math.min(...stride) && outputPadding > 0)
    throw argumentError("convTranspose2d", "outputPadding must be less than stride", outputPadding);
  const [n, , h, w] = x.shape as [number, number, number, number];
  const channels = perGroup * groups;
  if (bias) checkShape("convTranspose2d: bias", bias, [channels]);
  const out = (length: number, k: number, axis: 0 | 1) =>
    (length - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (k - 1) + outputPadding + 1;
  const y = conv2dInputGradient(x, weight, [n, channels, out(h, kh, 0), out(w, kw, 1)], geometry);
  return bias ? add(y, reshape(bias, [1, channels, 1, 1])) : y;
}

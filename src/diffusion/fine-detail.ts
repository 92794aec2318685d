/**
 * @file The fine detail of a picture: the part that a Gaussian low-pass removes. The coarse part of a photo can be
 * predicted, because blur leaves it. The photo says next to nothing about detail finer than its blur, so a diffusion
 * draws that. Two implementations: for graphs and for pictures.
 */
import { argumentError } from "../base/errors.js";
import { sub } from "../graph/ops/arithmetic.js";
import { constant } from "../graph/ops/constant.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { pad2d } from "../graph/ops/pad2d.js";
import { reshape } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";

/** Weights of pixels from -radius to radius; they sum to 1 and reach to three standard deviations. */
function gaussian(sigmaPx: number): Float64Array {
  if (!(sigmaPx > 0)) throw argumentError("fineDetail", "sigmaPx must be positive", sigmaPx);
  const radius = Math.ceil(3 * sigmaPx);
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigmaPx) ** 2));
  const sum = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}

/** x: [N, C, H, W] -> x - G * x, the same shape. The border is padded with the nearest pixel. */
export function fineDetail(x: Tensor, sigmaPx: number): Tensor {
  const taps = gaussian(sigmaPx);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const radius = (taps.length - 1) / 2;
  const single = pad2d(
    reshape(x, [n * c, 1, h, w]),
    { top: radius, bottom: radius, left: radius, right: radius },
    "replicate",
  );
  const line = Float32Array.from(taps);
  const down = conv2d(single, constant(line, [1, 1, taps.length, 1]), null);
  return sub(x, reshape(conv2d(down, constant(line, [1, 1, 1, taps.length]), null), x.shape));
}

/** The same for planes [C, H, W], in place. Allocates two planes of one channel. */
export function keepFineDetail(
  { width, height, channels, data }: { width: number; height: number; channels: number; data: Float32Array },
  sigmaPx: number,
): void {
  const taps = gaussian(sigmaPx);
  const size = width * height;
  const across = new Float32Array(size);
  const smooth = new Float32Array(size);
  for (let channel = 0; channel < channels; channel++) {
    const plane = data.subarray(channel * size, (channel + 1) * size);
    acrossRows(plane, across, width, height, taps);
    downColumns(across, smooth, width, height, taps);
    for (let i = 0; i < size; i++) plane[i]! -= smooth[i]!;
  }
}

/** Convolves along rows. */
function acrossRows(from: Float32Array, to: Float32Array, width: number, height: number, taps: Float64Array): void {
  const radius = (taps.length - 1) / 2;
  for (let y = 0, row = 0; y < height; y++, row += width)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++)
        sum += taps[k + radius]! * from[row + Math.min(width - 1, Math.max(0, x + k))]!;
      to[row + x] = sum;
    }
}

/** Convolves along columns, a row of them at a time, which reads memory in order. */
function downColumns(from: Float32Array, to: Float32Array, width: number, height: number, taps: Float64Array): void {
  const radius = (taps.length - 1) / 2;
  const sums = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = -radius; k <= radius; k++) {
      const row = width * Math.min(height - 1, Math.max(0, y + k));
      const tap = taps[k + radius]!;
      for (let x = 0; x < width; x++) sums[x]! += tap * from[row + x]!;
    }
    to.set(sums, y * width);
  }
}

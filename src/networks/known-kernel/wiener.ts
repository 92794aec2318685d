/**
 * @file Wiener deconvolution of feature maps with a known kernel, inside a network (Dong et al. 2020, DWDN): the noise
 * of every map is estimated from its difference to its median-filtered self.
 */
import { shapeError } from "../../base/errors.js";
import { add, div, mul, sub } from "../../graph/ops/arithmetic.js";
import { type AxisMatrix, alongAxis, deferredMatrix, matrixOf } from "../../graph/ops/axis-matrix.js";
import { maximum, minimum } from "../../graph/ops/compare.js";
import { sqrt, square } from "../../graph/ops/elementwise.js";
import { conjugate, fft2, inverseRealFft2, type Spectrum, spectrumProduct } from "../../graph/ops/fourier.js";
import { pad2d } from "../../graph/ops/pad2d.js";
import { sum } from "../../graph/ops/reduce.js";
import { slice } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";

/** Kernels [N, 1, k, k] that sum to 1. Throws `shape` if a network that is given one is not. */
export function normalised(kernel: Tensor | undefined): Tensor {
  if (!kernel) throw shapeError("network with a known kernel: kernel", "[N, 1, k, k]", "none");
  return div(kernel, sum(kernel, { axes: [1, 2, 3], keepDims: true }));
}

/**
 * The kernel's transform at the frequencies of a picture of `height` x `width`, its middle at (0, 0): one-sided, [N, 1,
 * height, width / 2 + 1].
 */
export function transferFunction(kernel: Tensor, height: number, width: number): Spectrum {
  const [kh, kw] = kernel.shape.slice(-2) as [number, number];
  const wave = (of: (angle: number) => number, rows: number, columns: number, period: number): AxisMatrix =>
    deferredMatrix(rows, columns, () =>
      matrixOf(rows, columns, (u, i) => of((2 * Math.PI * u * (i - Math.floor(columns / 2))) / period)),
    );
  const half = Math.floor(width / 2) + 1;
  const along = (x: Tensor, axis: number, of: (angle: number) => number) =>
    axis === -1 ? alongAxis(x, -1, wave(of, half, kw, width)) : alongAxis(x, -2, wave(of, height, kh, height));
  const [re, im] = [along(kernel, -1, Math.cos), along(kernel, -1, (angle) => -Math.sin(angle))];
  const minusSine = (angle: number) => -Math.sin(angle);
  return {
    re: sub(along(re, -2, Math.cos), along(im, -2, minusSine)),
    im: add(along(re, -2, minusSine), along(im, -2, Math.cos)),
  };
}

/** Median of each pixel's 3x3 neighbours, borders reflected. x: [N, C, H, W] -> the same. */
export function median3x3(x: Tensor): Tensor {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const padded = pad2d(x, { top: 1, bottom: 1, left: 1, right: 1 }, "reflect");
  const values = [0, 1, 2].flatMap((i) =>
    [0, 1, 2].map((j) => slice(slice(padded, 2, i, i + height), 3, j, j + width)),
  );
  // Sorting network for the middle of nine (Paeth 1990).
  for (const [a, b] of MEDIAN_OF_NINE) {
    const [low, high] = [minimum(values[a]!, values[b]!), maximum(values[a]!, values[b]!)];
    values[a] = low;
    values[b] = high;
  }
  return values[4]!;
}

const MEDIAN_OF_NINE = [
  [1, 2],
  [4, 5],
  [7, 8],
  [0, 1],
  [3, 4],
  [6, 7],
  [1, 2],
  [4, 5],
  [7, 8],
  [0, 3],
  [5, 8],
  [4, 7],
  [3, 6],
  [1, 4],
  [2, 5],
  [4, 7],
  [4, 2],
  [6, 4],
  [4, 2],
] as const; // prettier-ignore

const plane = (x: Tensor): Tensor => sum(x, { axes: [2, 3], keepDims: true });

/** Sum of squared differences from sum(x) / count, over count - 1. */
function spread(x: Tensor, count: number): Tensor {
  const centred = sub(x, mul(plane(x), 1 / count));
  return mul(plane(square(centred)), 1 / (count - 1));
}

/**
 * Noise-to-signal ratio of each map, [N, C, 1, 1]. As published: H² counts as the number of pixels even for pictures
 * that are not square, and a variance is divided by a standard deviation.
 */
export function noiseToSignal(x: Tensor): Tensor {
  const height = x.shape[2]!;
  const count = height * height;
  const noise = spread(sub(median3x3(x), x), count);
  return mul(div(noise, sqrt(spread(x, count))), 8 / 3 / 10);
}

/**
 * conj(K) Y / (|K|^2 + ratio), without a border: x [N, C, H, W], periodic, kernel [N, 1, k, k] that sums to 1 -> [N, C,
 * H, W].
 */
export function wienerFilter(x: Tensor, kernel: Tensor): Tensor {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const transfer = transferFunction(kernel, height, width);
  const spectrum = fft2(x, { onesided: true });
  const power = add(add(square(transfer.re), square(transfer.im)), noiseToSignal(x));
  const filter = conjugate({ re: div(transfer.re, power), im: div(transfer.im, power) });
  return inverseRealFft2(spectrumProduct(filter, spectrum), width);
}

/**
 * Wiener deconvolution after padding by the kernel's side with repeated border pixels; the padding is cropped again.
 */
export function wienerFeatures(x: Tensor, kernel: Tensor): Tensor {
  const [n, , side, columns] = kernel.shape as [number, number, number, number];
  if (side !== columns || n !== x.shape[0])
    throw shapeError("wienerFeatures: kernel", `[${x.shape[0]}, 1, k, k]`, kernel.shape);
  const [height, width] = x.shape.slice(-2) as [number, number];
  const padded = pad2d(x, { top: side, bottom: side, left: side, right: side }, "replicate");
  const sharper = wienerFilter(padded, kernel);
  return slice(slice(sharper, 2, side, side + height), 3, side, side + width);
}

/**
 * @file Convolution of a picture with a kernel: the `K * I_S` of the paper's eq. 1. Kernels of few taps are summed
 * directly, others go through a Fourier transform; the results agree to float32 rounding.
 */
import { shapeError } from "../base/errors.js";
import type { BoundaryMode } from "../images/boundary.js";
import { pad } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { fftCorrelateValid, fftCost } from "./fft-correlate.js";
import type { Kernel } from "./kernel.js";

export interface ConvolveOptions {
  /** Padding beyond the border; "valid" pads nothing and returns only the pixels that need no padding. */
  readonly boundary?: BoundaryMode | "valid";
  /** Correlate instead: do not flip the kernel, so out[i] = sum_j w[j] in[i + j - centre]. */
  readonly correlate?: boolean;
  /** Method; by default the cheaper one. */
  readonly method?: "direct" | "fft";
}

/**
 * out[i] = sum_j w[j] in[i + centre - j] for each channel, the centre at floor(size / 2) as in a `Kernel`. [C, H, W] ->
 * the same shape, or [C, H - kernel.height + 1, W - kernel.width + 1] for "valid". Works on values of any range.
 */
export function convolve(
  planes: Planes,
  kernel: Kernel,
  { boundary = "reflect", correlate = false, method }: ConvolveOptions = {},
): Planes {
  const { width, height, data } = kernel;
  if (boundary === "valid" && (planes.width < width || planes.height < height))
    throw shapeError("convolve", `at least ${width} x ${height} pixels`, `${planes.width} x ${planes.height}`);
  const turned: Kernel = correlate ? kernel : { width, height, data: data.slice().reverse() };
  // The centre of a flipped kernel is at size - 1 - floor(size / 2), the other middle of an even size.
  const left = correlate ? width >> 1 : width - 1 - (width >> 1);
  const top = correlate ? height >> 1 : height - 1 - (height >> 1);
  const around = { left, top, right: width - 1 - left, bottom: height - 1 - top };
  const padded = boundary === "valid" ? planes : pad(planes, around, boundary);
  const taps = data.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  const chosen = method ?? (directCost(padded, kernel, taps) <= fftCost(padded, kernel) ? "direct" : "fft");
  return chosen === "direct" ? correlateValid(padded, turned) : fftCorrelateValid(padded, turned);
}

/** Cost in nanoseconds, measured roughly in Node 20; only the ratio to `fftCost` matters. */
const directCost = (padded: Planes, { width, height }: Kernel, taps: number): number =>
  0.9 * taps * padded.channels * (padded.width - width + 1) * (padded.height - height + 1);

/**
 * Taps summed in one pass over a row: more would not fit the registers, fewer would load and store the sum more often.
 */
const GROUP = 4;

/** Sums tap by tap in float64, four taps at a time along whole rows; taps of weight 0 are skipped. */
function correlateValid(planes: Planes, kernel: Kernel): Planes {
  const width = planes.width - kernel.width + 1;
  const height = planes.height - kernel.height + 1;
  const taps = [...kernel.data].flatMap((weight, i) => {
    const offset = Math.floor(i / kernel.width) * planes.width + (i % kernel.width);
    return weight === 0 ? [] : [{ weight, offset }];
  });
  while (taps.length % GROUP !== 0) taps.push({ weight: 0, offset: 0 });
  const weights = Float64Array.from(taps, ({ weight }) => weight);
  const offsets = Int32Array.from(taps, ({ offset }) => offset);
  const out = new Float32Array(planes.channels * height * width);
  const sum = new Float64Array(width);
  for (let channel = 0; channel < planes.channels; channel++)
    for (let y = 0; y < height; y++) {
      sum.fill(0);
      const row = (channel * planes.height + y) * planes.width;
      for (let tap = 0; tap < weights.length; tap += GROUP) addTaps(sum, planes.data, row, weights, offsets, tap);
      out.set(sum, (channel * height + y) * width);
    }
  return { width, height, channels: planes.channels, data: out };
}

function addTaps(
  sum: Float64Array,
  data: Float32Array,
  row: number,
  weights: Float64Array,
  offsets: Int32Array,
  tap: number,
): void {
  const [w0, w1, w2, w3] = [weights[tap]!, weights[tap + 1]!, weights[tap + 2]!, weights[tap + 3]!];
  let a = row + offsets[tap]!;
  let b = row + offsets[tap + 1]!;
  let c = row + offsets[tap + 2]!;
  let d = row + offsets[tap + 3]!;
  for (let x = 0; x < sum.length; x++)
    sum[x] = sum[x]! + w0 * data[a++]! + w1 * data[b++]! + w2 * data[c++]! + w3 * data[d++]!;
}

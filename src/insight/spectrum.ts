/**
 * @file Power spectrum of a picture, its average over directions, and its power in octave bands. Scaled so that white
 * noise of variance s2 has power s2 at every frequency: the noise of a diffusion is a flat line at noise^2, and a
 * picture's own power falls below it first at the finest detail.
 */
import { argumentError } from "../base/errors.js";
import { ExactBlockTransform } from "../blur/block-transform.js";
import type { Rect } from "../images/crop.js";
import type { Planes } from "../images/image.js";

export interface Spectrum {
  /** Side of the analysed square, a power of two. */
  readonly side: number;
  /** [side, side], mean over the channels. It is symmetric, so the order of the axes does not matter. */
  readonly power: Float64Array;
}

export interface SpectrumOptions {
  /** Largest side of the square in the middle of the picture that is analysed. */
  readonly maxSide?: number;
  /**
   * "hann" fades to the border, because the ends of a photo do not match; "none" suits periodic pictures and Parseval's
   * identity.
   */
  readonly window?: "hann" | "none";
}

/** Weights along one axis; their squares have mean 1. */
const WINDOWS = {
  none: (side: number) => new Float64Array(side).fill(1),
  hann: (side: number) =>
    Float64Array.from({ length: side }, (_, i) => (1 - Math.cos((2 * Math.PI * (i + 0.5)) / side)) / Math.sqrt(1.5)),
} as const;

/** The square in the middle of a picture that is analysed; the largest side is a power of two. */
export function analysedSquare({ width, height }: Pick<Planes, "width" | "height">, maxSide = 256): Rect {
  const side = 2 ** Math.floor(Math.log2(Math.min(width, height, maxSide)));
  if (side < 2) throw argumentError("powerSpectrum", "expected 2 pixels or more each way", `${width} x ${height}`);
  return {
    ...{ left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2) },
    ...{ width: side, height: side },
  };
}

/** Fourier coefficients of a square of a picture. */
export interface Coefficients {
  readonly side: number;
  /** Per channel: [side, side] complex numbers, real and imaginary part in turn. */
  readonly channels: readonly Float64Array[];
}

/** Coefficients of the middle of [C, H, W] without the mean of each channel, scaled like `powerSpectrum`. */
export function coefficientsOf(
  picture: Planes,
  { maxSide = 256, window = "hann" }: SpectrumOptions = {},
): Coefficients {
  const { width, height, channels, data } = picture;
  const { left, top, width: side } = analysedSquare(picture, maxSide);
  const weights = WINDOWS[window](side).map((weight) => weight / Math.sqrt(side));
  const transform = new ExactBlockTransform(side);
  const blocks = Array.from({ length: channels }, (_, channel) => {
    const block = new Float64Array(2 * side * side);
    const valueAt = (x: number, y: number): number => data[(channel * height + top + y) * width + left + x]!;
    let mean = 0;
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) mean += valueAt(x, y) / (side * side);
    for (let y = 0, to = 0; y < side; y++)
      for (let x = 0; x < side; x++, to += 2) block[to] = (valueAt(x, y) - mean) * weights[x]! * weights[y]!;
    transform.forward(block);
    return block;
  });
  return { side, channels: blocks };
}

/** Mean over the channels of Re(a conj(b)): the power where both are one picture, the cross-spectrum of two. */
function crossSpectrum(a: Coefficients, b: Coefficients): Spectrum {
  const power = new Float64Array(a.side * a.side);
  for (const [channel, one] of a.channels.entries()) {
    const other = b.channels[channel]!;
    for (let i = 0; i < power.length; i++)
      power[i]! += (one[2 * i]! * other[2 * i]! + one[2 * i + 1]! * other[2 * i + 1]!) / a.channels.length;
  }
  return { side: a.side, power };
}

/**
 * Spectrum of [C, H, W] without the mean of each channel. Without a window the mean of `power` is the mean square
 * (Parseval); with the window this holds in expectation.
 */
export function powerSpectrum(picture: Planes, options: SpectrumOptions = {}): Spectrum {
  const coefficients = coefficientsOf(picture, options);
  return crossSpectrum(coefficients, coefficients);
}

/** Cycles per pixel of coefficient `i`, 0 to sqrt(1/2). */
function frequencyOf(i: number, side: number): number {
  const folded = (k: number): number => (k <= side / 2 ? k : side - k) / side;
  return Math.hypot(folded(i % side), folded(Math.floor(i / side)));
}

/** Mean of `power` over the coefficients of each bin; NaN for an empty bin. Bin -1 leaves a coefficient out. */
function meanByBin({ side, power }: Spectrum, bins: number, binOf: (frequency: number) => number): number[] {
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  for (let i = 1; i < power.length; i++) {
    const bin = binOf(frequencyOf(i, side));
    if (bin < 0 || bin >= bins) continue;
    sums[bin]! += power[i]!;
    counts[bin]! += 1;
  }
  return Array.from(sums, (sum, bin) => sum / counts[bin]!);
}

export interface RadialPoint {
  /** Cycles per pixel, up to 0.5, which are details of two pixels. */
  readonly frequency: number;
  readonly power: number;
}

/** Power averaged over directions, in rings one coefficient wide. */
export const radialAverage = (spectrum: Spectrum): RadialPoint[] =>
  meanByBin(spectrum, spectrum.side / 2, (frequency) => Math.round(frequency * spectrum.side) - 1).map((power, i) => ({
    frequency: (i + 1) / spectrum.side,
    power,
  }));

/** An octave of frequencies. */
export interface Band {
  /** Wavelength in pixels: "2 to 4 px". */
  readonly label: string;
  /** Cycles per pixel: the lower end, and the upper end, which is excluded. */
  readonly from: number;
  readonly to: number;
}

/**
 * Bands from coarse to fine. The finest band includes the corners of the spectrum, wavelengths of 1.4 px along the
 * diagonal.
 */
export const BANDS: readonly Band[] = [
  { label: "over 32 px", from: 0, to: 1 / 32 },
  { label: "16 to 32 px", from: 1 / 32, to: 1 / 16 },
  { label: "8 to 16 px", from: 1 / 16, to: 1 / 8 },
  { label: "4 to 8 px", from: 1 / 8, to: 1 / 4 },
  { label: "2 to 4 px", from: 1 / 4, to: 1 },
];

/** Mean power in each of `BANDS`; NaN if the picture is too small for such waves. */
export const bandPowers = (spectrum: Spectrum): number[] =>
  meanByBin(spectrum, BANDS.length, (frequency) =>
    BANDS.findIndex(({ from, to }) => frequency >= from && frequency < to),
  );

/**
 * Coherence of two pictures of one size in each of `BANDS`, 0 to 1: the squared cross-spectrum over the product of the
 * powers. 1: the same detail in the same places, whatever its strength; near 0: unrelated detail, such as noise. NaN
 * where a picture has nothing in the band. (The imaginary part of the cross-spectrum of real pictures cancels out.)
 */
export function bandCoherences(a: Coefficients, b: Coefficients): number[] {
  const [cross, ofA, ofB] = [crossSpectrum(a, b), crossSpectrum(a, a), crossSpectrum(b, b)].map(bandPowers);
  return cross!.map((value, band) => value ** 2 / (ofA![band]! * ofB![band]!));
}

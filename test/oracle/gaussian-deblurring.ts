/**
 * @file Deblurring that can be solved on paper: Gaussian images with a known power spectrum S, blurred circularly by K,
 * plus white noise of variance s2. The posterior is Gaussian and diagonal in Fourier space, mean the Wiener filter's,
 * so the exact denoiser exists at every noise level and whatever is built on denoisers can be tested without training a
 * network. Channels are independent and alike. Everything in float64 but the images handed in and out.
 */
import type { Rng } from "../../src/base/random.js";
import type { Denoiser } from "../../src/diffusion/denoiser.js";
import { type ComplexPlane, fourier, inverseFourier } from "./fourier.js";

export interface GaussianDeblurringModel {
  readonly width: number;
  readonly height: number;
  /**
   * S, [height * width]: the covariance's eigenvalue at each frequency, so that a pixel's variance is the mean of S.
   */
  readonly power: Float64Array;
  /** The blur's response to a unit pixel at (0, 0), wrapping round: [height * width]. */
  readonly kernel: Float64Array;
  /** s2 */
  readonly noiseVariance: number;
  /** The mean of every pixel. */
  readonly mean: number;
}

export interface GaussianDeblurring extends GaussianDeblurringModel {
  /** A sharp image: [channels * height * width]. */
  drawSharp(rng: Rng, channels?: number): Float32Array;
  /** The blurry photo of x0, its noise drawn from `rng`. */
  observe(x0: Float32Array, rng: Rng): Float32Array;
  /** E[x_0 | x_t, y], exact at every level. */
  denoiser(y: Float32Array): Denoiser;
  /** E[x_0 | y]: the Wiener filter, mean + S K* Y / (|K|^2 S + s2). */
  posteriorMean(y: Float32Array): Float32Array;
  /** S s2 / (|K|^2 S + s2), the posterior's variance at each frequency. */
  readonly posteriorPower: Float64Array;
  /** The posterior's variance of a pixel, the same for all. */
  readonly posteriorVariance: number;
  /** The factor by which a level's exact estimate takes x_t - signal mean over, at each frequency. */
  gain(level: { readonly signal: number; readonly noise: number }): Float64Array;
}

const average = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function gaussianDeblurring(model: GaussianDeblurringModel): GaussianDeblurring {
  const { width, height, power, kernel, noiseVariance: s2, mean } = model;
  const size = width * height;
  const K = fourier(width, height, kernel);
  const posteriorPower = power.map((S, k) => (S * s2) / ((K.re[k]! ** 2 + K.im[k]! ** 2) * S + s2));

  /** Applies a function to each channel's plane of differences from `from`, and adds `to`. */
  const perChannel = (
    image: Float32Array,
    from: number,
    to: number,
    change: (plane: ComplexPlane, channel: number) => void,
  ): Float32Array => {
    const out = new Float32Array(image.length);
    for (let at = 0; at < image.length; at += size) {
      const values = Float64Array.from(image.subarray(at, at + size), (value) => value - from);
      const plane = fourier(width, height, values);
      change(plane, at / size);
      inverseFourier(width, height, plane).forEach((value, i) => {
        out[at + i] = value + to;
      });
    }
    return out;
  };
  const scale = (plane: ComplexPlane, k: number, re: number, im: number): void => {
    const [p, q] = [plane.re[k]!, plane.im[k]!];
    plane.re[k] = p * re - q * im;
    plane.im[k] = p * im + q * re;
  };

  const drawSharp = (rng: Rng, channels = 1): Float32Array =>
    perChannel(rng.normals(channels * size), 0, mean, (plane) => {
      power.forEach((S, k) => {
        scale(plane, k, Math.sqrt(S), 0);
      });
    });

  const blur = (x: Float32Array, offset: number): Float32Array =>
    perChannel(x, offset, offset * K.re[0]!, (plane) => {
      for (let k = 0; k < size; k++) scale(plane, k, K.re[k]!, K.im[k]!);
    });

  const observe = (x0: Float32Array, rng: Rng): Float32Array => {
    const z = rng.normals(x0.length);
    return blur(x0, mean).map((value, i) => value + Math.sqrt(s2) * z[i]!);
  };

  const posteriorMean = (y: Float32Array): Float32Array =>
    perChannel(y, mean * K.re[0]!, mean, (plane) => {
      for (let k = 0; k < size; k++) {
        const share = posteriorPower[k]! / s2;
        scale(plane, k, share * K.re[k]!, -share * K.im[k]!);
      }
    });

  // Given y, x_0 is normal with variance P = posteriorPower; x_t = signal x_0 + noise eps is a second, white
  // observation of it.
  const gain: GaussianDeblurring["gain"] = ({ signal, noise }) =>
    posteriorPower.map((P) => (signal * P) / (signal ** 2 * P + noise ** 2));

  const denoiser = (y: Float32Array): Denoiser => {
    const wiener = posteriorMean(y);
    return async (xt, level) => {
      const share = gain(level);
      const surprise = xt.map((value, i) => value - level.signal * wiener[i]!);
      const correction = perChannel(surprise, 0, 0, (plane) => {
        for (let k = 0; k < size; k++) scale(plane, k, share[k]!, 0);
      });
      return correction.map((value, i) => value + wiener[i]!);
    };
  };

  return {
    ...model,
    drawSharp,
    observe,
    denoiser,
    posteriorMean,
    posteriorPower,
    posteriorVariance: average(posteriorPower),
    gain,
  };
}

/** Frequency of index k of n, in cycles per pixel: -1/2 to 1/2. */
const frequency = (k: number, n: number): number => (k <= n / 2 ? k : k - n) / n;

/** A spectrum like a photograph's, falling as a power of frequency from `corner` on; scaled to a pixel variance. */
export function fallingPower(
  width: number,
  height: number,
  pixelVariance = 0.1,
  corner = 0.05,
  exponent = 2,
): Float64Array {
  const power = Float64Array.from({ length: width * height }, (_, k) => {
    const f = Math.hypot(frequency(k % width, width), frequency(Math.floor(k / width), height));
    return 1 / (1 + (f / corner) ** 2) ** (exponent / 2);
  });
  const factor = pixelVariance / average(power);
  return power.map((S) => S * factor);
}

/** A shake: an even trace from (0, 0) to (dx, dy) pixels, wrapping round. Not symmetric, so K is complex. Sums to 1. */
export function shakeKernel(width: number, height: number, dx: number, dy: number): Float64Array {
  const kernel = new Float64Array(width * height);
  const points = 4 * (Math.abs(dx) + Math.abs(dy)) + 1;
  for (let i = 0; i < points; i++) {
    const part = points === 1 ? 0 : i / (points - 1);
    const [x, y] = [Math.round(part * dx), Math.round(part * dy)];
    kernel[((y + height) % height) * width + ((x + width) % width)]! += 1 / points;
  }
  return kernel;
}

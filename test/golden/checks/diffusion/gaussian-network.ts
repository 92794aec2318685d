/**
 * @file The stand-in network of the diffusion fixtures: exact for data N(mean, s^2 I), in the closed form their JSON
 * gives.
 */
import type { NoiseLevel } from "../../../../src/diffusion/denoiser.js";

/** Predictions of the fixtures' networks. */
export type FixturePrediction = "eps" | "x0" | "v";

/** The exact output for one value of x_t and its mean, float64. */
export function gaussianOutput(
  prediction: FixturePrediction,
  s: number,
  { signal, noise }: NoiseLevel,
): (xt: number, mean: number) => number {
  const variance = signal ** 2 * s ** 2 + noise ** 2;
  const eps = (xt: number, mean: number) => (noise * (xt - signal * mean)) / variance;
  const x0 = (xt: number, mean: number) => mean + (signal * s ** 2 * (xt - signal * mean)) / variance;
  return { eps, x0, v: (xt: number, mean: number) => signal * eps(xt, mean) - noise * x0(xt, mean) }[prediction];
}

/** The same for a flat x_t of one or more images, each with the given mean image. */
export function gaussianNetwork(prediction: FixturePrediction, s: number, mean: Float32Array) {
  return async (xt: Float32Array, level: NoiseLevel): Promise<Float32Array> => {
    const output = gaussianOutput(prediction, s, level);
    return xt.map((value, i) => output(value, mean[i % mean.length]!));
  };
}

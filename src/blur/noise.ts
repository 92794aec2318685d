/** @file Sensor noise: the `N` of the paper's eq. 1. */
import { argumentError } from "../base/errors.js";
import type { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { convolve } from "./convolve.js";
import { wholeGaussian } from "./simple-kernels.js";

/**
 * Adds normal noise of standard deviation `sigma`, in the unit of the values. Not clamped. `grainPx`: standard deviation
 * of the Gaussian that the noise is smoothed with before it is scaled to `sigma`; 0 leaves the pixels independent.
 */
export function addGaussianNoise(planes: Planes, sigma: number, rng: Rng, grainPx = 0): Planes {
  if (!(sigma >= 0)) throw argumentError("addGaussianNoise", "sigma must not be negative", sigma);
  if (sigma === 0) return planes;
  const white = rng.normals(planes.data.length);
  const noise = grainPx > 0 ? grainy({ ...planes, data: white }, grainPx) : white;
  return { ...planes, data: planes.data.map((value, i) => value + sigma * noise[i]!) };
}

/** White noise smoothed by a Gaussian, with its variance kept. */
function grainy(white: Planes, grainPx: number): Float32Array {
  const kernel = wholeGaussian(grainPx);
  const gain = 1 / Math.sqrt(kernel.data.reduce((sum, value) => sum + value * value, 0));
  return convolve(white, kernel, { boundary: "circular" }).data.map((value) => gain * value);
}

/** Means from which a Poisson number is drawn as a rounded normal one; its skewness, 1 / sqrt(mean), is small there. */
const NORMAL_FROM = 64;

/** Inverse of the Poisson distribution function: the smallest k with P(X <= k) >= u. */
function poissonFromUniform(mean: number, u: number): number {
  let probability = Math.exp(-mean);
  let cumulative = probability;
  let k = 0;
  while (u > cumulative && probability > 0) {
    k++;
    probability *= mean / k;
    cumulative += probability;
  }
  return k;
}

/**
 * Shot noise: each value becomes a Poisson number of photons, divided by `photonsAtWhite`, the mean number of a white
 * pixel. The variance is value / photonsAtWhite. Takes light, 1 at white; negative values count as black.
 */
export function addShotNoise(planes: Planes, photonsAtWhite: number, rng: Rng): Planes {
  if (!(photonsAtWhite > 0)) throw argumentError("addShotNoise", "photonsAtWhite must be positive", photonsAtWhite);
  const [few, many] = [rng.fork("few"), rng.fork("many").normals(planes.data.length)];
  const data = planes.data.map((value, i) => {
    const mean = Math.max(value, 0) * photonsAtWhite;
    const photons =
      mean < NORMAL_FROM
        ? poissonFromUniform(mean, few.uniform(i))
        : Math.max(Math.round(mean + Math.sqrt(mean) * many[i]!), 0);
    return photons / photonsAtWhite;
  });
  return { ...planes, data };
}

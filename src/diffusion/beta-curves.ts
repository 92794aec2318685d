/**
 * @file Beta curves of published schedules, in float64. Names and numbers are those of make_beta_schedule in SR3
 * (Saharia et al. 2021, the implementation by Janspiry) and of denoising-diffusion-pytorch. Each function gives `[T]`
 * betas, index 0 first.
 */
import { argumentError } from "../base/errors.js";

/** `count` evenly spaced numbers from start to end, both included; the last is exactly `end`. One number is `start`. */
function linspace(start: number, end: number, count: number): Float64Array {
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  const out = Float64Array.from({ length: count }, (_, i) => start + i * step);
  if (count > 1) out[count - 1] = end;
  return out;
}

function checkT(where: string, T: number): void {
  if (!Number.isInteger(T) || T < 1) throw argumentError(where, "T must be a positive integer", T);
}

/** Ho et al. 2020; the paper: start 1e-4, end 0.05 at T = 2000. */
export function linearBetas(T: number, start: number, end: number): Float64Array {
  checkT("linearBetas", T);
  return linspace(start, end, T);
}

/** Linear in the square root: SR3's "quad", also known as "scaled linear". */
export function quadraticBetas(T: number, start: number, end: number): Float64Array {
  checkT("quadraticBetas", T);
  return linspace(Math.sqrt(start), Math.sqrt(end), T).map((root) => root * root);
}

/** A linear rise over the first `fraction` of the steps, then constant: SR3's "warmup10" (0.1) and "warmup50" (0.5). */
export function warmupBetas(T: number, start: number, end: number, fraction: number): Float64Array {
  checkT("warmupBetas", T);
  const betas = new Float64Array(T).fill(end);
  betas.set(linspace(start, end, Math.floor(T * fraction)));
  return betas;
}

/** SR3's "const". */
export function constantBetas(T: number, beta: number): Float64Array {
  checkT("constantBetas", T);
  return new Float64Array(T).fill(beta);
}

/** 1/T, 1/(T - 1), ..., 1 (Sohl-Dickstein et al. 2015); SR3's "jsd". The last level has no signal. */
export function reciprocalBetas(T: number): Float64Array {
  checkT("reciprocalBetas", T);
  return linspace(T, 1, T).map((left) => 1 / left);
}

/** Betas whose running product follows `alphaBar` over u = 0 .. 1, capped at `maxBeta` so that the last is below 1. */
function betasFromAlphaBar(T: number, alphaBar: (u: number) => number, maxBeta: number): Float64Array {
  return Float64Array.from({ length: T }, (_, t) => Math.min(1 - alphaBar((t + 1) / T) / alphaBar(t / T), maxBeta));
}

/** alphaBar = cos^2 of time (Nichol and Dhariwal 2021). */
export function cosineBetas(T: number, offset = 0.008, maxBeta = 0.999): Float64Array {
  checkT("cosineBetas", T);
  return betasFromAlphaBar(T, (u) => Math.cos(((u + offset) / (1 + offset)) * (Math.PI / 2)) ** 2, maxBeta);
}

/** alphaBar = a falling sigmoid from `start` to `end`, divided by `tau` (Jabri et al. 2022). */
export function sigmoidBetas(T: number, start = -3, end = 3, tau = 1, maxBeta = 0.999): Float64Array {
  checkT("sigmoidBetas", T);
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const last = sigmoid(end / tau);
  return betasFromAlphaBar(T, (u) => last - sigmoid((u * (end - start) + start) / tau), maxBeta);
}

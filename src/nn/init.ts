/** @file Initial values of parameters. The fan-in of a weight [O, I, ...] is I times the kernel's area. */
import type { Rng } from "../base/random.js";
import { type Shape, sizeOf } from "../graph/tensor.js";
import type { Init } from "./parameters.js";

export const zeros: Init = (shape) => new Float32Array(sizeOf(shape));
export const ones: Init = (shape) => new Float32Array(sizeOf(shape)).fill(1);

const fanIn = (shape: Shape): number => sizeOf(shape.slice(1));

/**
 * Uniform in [-bound, bound], bound = 1 / sqrt(fan-in): PyTorch's default for the biases of convolutions and linear
 * layers.
 */
export const uniformOfFanIn =
  (fan: number): Init =>
  (shape, rng) => {
    const bound = 1 / Math.sqrt(fan);
    return rng.uniforms(sizeOf(shape)).map((u) => (2 * u - 1) * bound);
  };

/** PyTorch's default for weights (Kaiming uniform with a = sqrt 5). */
export const torchDefault: Init = (shape, rng) => uniformOfFanIn(fanIn(shape))(shape, rng);

/** Normal with variance gain^2 / fan-in (He et al. 2015 with gain sqrt 2). */
export const scaledNormal =
  (gain: number): Init =>
  (shape, rng) => {
    const deviation = gain / Math.sqrt(fanIn(shape));
    return rng.normals(sizeOf(shape)).map((value) => value * deviation);
  };

/** Normal with variance 2 / fan-out, where the fan-out of a weight [O, I, kh, kw] is O kh kw (He et al. 2015). */
export const normalOfFanOut: Init = (shape, rng) => {
  const deviation = Math.sqrt(2 / (shape[0]! * sizeOf(shape.slice(2))));
  return rng.normals(sizeOf(shape)).map((value) => value * deviation);
};

/**
 * Orthonormal rows (or columns, if there are more rows than columns) of the weight reshaped to [O, rest] (Saxe et al.
 * 2014). Modified Gram-Schmidt in float64, O(rows^2 columns). Normal draws are well conditioned, so one pass suffices
 * for float32.
 */
export const orthogonal: Init = (shape, rng: Rng) => {
  const rows = shape[0]!;
  const columns = sizeOf(shape) / rows;
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const draws = Float64Array.from(rng.normals(count * length));
  const vector = (i: number) => draws.subarray(i * length, (i + 1) * length);
  const dot = (a: Float64Array, b: Float64Array) => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += a[k]! * b[k]!;
    return sum;
  };
  for (let i = 0; i < count; i++) {
    const v = vector(i);
    for (let j = 0; j < i; j++) {
      const u = vector(j);
      const along = dot(u, v);
      for (let k = 0; k < length; k++) v[k]! -= along * u[k]!;
    }
    const norm = Math.sqrt(dot(v, v));
    for (let k = 0; k < length; k++) v[k]! /= norm;
  }
  if (rows <= columns) return Float32Array.from(draws);
  return Float32Array.from(
    { length: rows * columns },
    (_, at) => draws[(at % columns) * length + Math.floor(at / columns)]!,
  );
};

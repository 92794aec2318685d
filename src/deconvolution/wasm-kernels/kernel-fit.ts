/** @file Inner loops of a kernel's normal equations (fast-equations.ts). AssemblyScript, see transpose.ts. */

import { storeComplex } from "./complex";

/**
 * Differences to the right and below as one complex number, times across[x] * down[y], of a picture [height, width].
 * They fill the upper left of a block [size, size]; the rest is 0.
 */
export function gradientBlock(
  picture: usize,
  width: i32,
  height: i32,
  across: usize,
  down: usize,
  block: usize,
  size: i32,
): void {
  memory.fill(block, 0, (<usize>size * <usize>size) << 3);
  const line = (<usize>width) << 2;
  for (let y: usize = 0; y + 1 < <usize>height; y++) {
    const row = picture + y * line;
    const to = block + ((y * <usize>size) << 3);
    const share = load<f32>(down + (y << 2));
    let x: usize = 0;
    for (; x + 4 < <usize>width; x += 4) {
      const from = row + (x << 2);
      const weight = f32x4.mul(v128.load(across + (x << 2)), f32x4.splat(share));
      const value = v128.load(from);
      const right = f32x4.mul(weight, f32x4.sub(v128.load(from, 4), value));
      const below = f32x4.mul(weight, f32x4.sub(v128.load(from + line), value));
      storeComplex(to + (x << 3), right, below);
    }
    for (; x + 1 < <usize>width; x++) {
      const from = row + (x << 2);
      const weight = load<f32>(across + (x << 2)) * share;
      const value = load<f32>(from);
      store<f32>(to + (x << 3), weight * (load<f32>(from, 4) - value));
      store<f32>(to + (x << 3), weight * (load<f32>(from + line) - value), 4);
    }
  }
}

/**
 * As `gradientBlock`, but keeps only differences whose squares sum to at least `least`, and multiplies them by keep[y,
 * x] unless `keep` is 0. Returns how many sums are at least `least`.
 */
export function selectedGradients(
  picture: usize,
  keep: usize,
  width: i32,
  height: i32,
  across: usize,
  down: usize,
  block: usize,
  size: i32,
  least: f32,
): i32 {
  memory.fill(block, 0, (<usize>size * <usize>size) << 3);
  const line = (<usize>width) << 2;
  let count = 0;
  for (let y: usize = 0; y + 1 < <usize>height; y++) {
    const row = picture + y * line;
    const to = block + ((y * <usize>size) << 3);
    const share = load<f32>(down + (y << 2));
    for (let x: usize = 0; x + 1 < <usize>width; x++) {
      const from = row + (x << 2);
      const value = load<f32>(from);
      const right = load<f32>(from, 4) - value;
      const below = load<f32>(from + line) - value;
      if (right * right + below * below < least) continue;
      count++;
      let weight = load<f32>(across + (x << 2)) * share;
      if (keep) weight *= load<f32>(keep + y * line + (x << 2));
      store<f32>(to + (x << 3), weight * right);
      store<f32>(to + (x << 3), weight * below, 4);
    }
  }
  return count;
}

/**
 * Spectrum of two correlations, from the spectra of two pictures' gradients (as `gradientBlock` lays them out). Its
 * transform has the autocorrelation of the `sharp` ones as its real part and their correlation with the `blurry` ones
 * as its imaginary part. Only the symmetric parts of both enter, whose transforms are real; they are computed once for
 * each pair of mirrored places.
 */
export function correlateGradients(sharp: usize, blurry: usize, products: usize, size: i32): void {
  const n = <usize>size;
  for (let v: usize = 0; v <= n >> 1; v++) {
    const mirrored = (v === 0 ? v : n - v) * n;
    // A row that is its own mirror image needs half its length only.
    const end = v === 0 || v === n >> 1 ? (n >> 1) + 1 : n;
    for (let u: usize = 0; u < end; u++) {
      const here = (v * n + u) << 3;
      const there = (mirrored + (u === 0 ? u : n - u)) << 3;
      const a = load<f32>(sharp + here);
      const b = load<f32>(sharp + here, 4);
      const c = load<f32>(blurry + here);
      const d = load<f32>(blurry + here, 4);
      const e = load<f32>(sharp + there);
      const f = load<f32>(sharp + there, 4);
      const g = load<f32>(blurry + there);
      const h = load<f32>(blurry + there, 4);
      const squared = a * a + b * b + e * e + f * f;
      const across = (a * c + b * d + e * g + f * h) / 2;
      const imaginary = a * d - b * c - (e * h - f * g);
      store<f32>(products + here, (squared - imaginary) / 2);
      store<f32>(products + here, across, 4);
      store<f32>(products + there, (squared + imaginary) / 2);
      store<f32>(products + there, across, 4);
    }
  }
}

/** Multiplies each of `count` complex numbers (an even count) by the real part of its partner in `gain`. */
export function scaleByReal(spectrum: usize, gain: usize, count: i32): void {
  for (let i = 0; i < count; i += 2) {
    const factor = v128.load(gain);
    v128.store(spectrum, f32x4.mul(v128.load(spectrum), v128.shuffle<f32>(factor, factor, 0, 0, 2, 2)));
    spectrum += 16;
    gain += 16;
  }
}

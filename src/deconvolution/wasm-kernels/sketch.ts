/**
 * @file Inner loops of a sketch (sparse-gradients.ts), four pixels or frequencies at a time. AssemblyScript, see
 * transpose.ts.
 */

import { imaginaryParts, realParts, storeComplex } from "./complex";

/**
 * Adjoint of the differences to the right and below of a periodic block [size, size], of those differences whose
 * squares sum to at least `least`. `above` is a buffer of one row.
 */
export function divergenceOfSteps(block: usize, out: usize, above: usize, size: i32, least: f32): void {
  divergence(block, out, above, size, f32x4.splat(least), false);
}

/** The same adjoint of differences shrunk towards 0 by `less`, the shrinkage of total variation. */
export function divergenceOfShrunk(block: usize, out: usize, above: usize, size: i32, less: f32): void {
  divergence(block, out, above, size, f32x4.splat(less), true);
}

function divergence(block: usize, out: usize, above: usize, size: i32, limit: v128, shrinks: bool): void {
  const bytes = (<usize>size) << 2;
  const end = bytes - 16;
  // The last row goes first, because the first row needs its downward differences. Its own result is wrong then and is
  // overwritten in its turn.
  for (let y = -1; y < size; y++) {
    const row = block + bytes * <usize>(y < 0 ? size - 1 : y);
    const below = block + bytes * <usize>(y + 1 === size ? 0 : y + 1);
    const to = out + (row - block);
    const first = v128.load32_splat(row);
    // The block is periodic: the row's last pixel is the left neighbour of its first one.
    let value = v128.load(row + end);
    let right = f32x4.sub(v128.shuffle<f32>(value, first, 1, 2, 3, 4), value);
    let down = f32x4.sub(v128.load(below + end), value);
    let left = shrinks ? shrunk(right, limit) : v128.and(right, isStep(right, down, limit));
    for (let x: usize = 0; x < bytes; x += 16) {
      value = v128.load(row + x);
      const next = x < end ? v128.load(row + x, 4) : v128.shuffle<f32>(value, first, 1, 2, 3, 4);
      right = f32x4.sub(next, value);
      down = f32x4.sub(v128.load(below + x), value);
      if (shrinks) {
        right = shrunk(right, limit);
        down = shrunk(down, limit);
      } else {
        const kept = isStep(right, down, limit);
        right = v128.and(right, kept);
        down = v128.and(down, kept);
      }
      const came = f32x4.add(v128.shuffle<f32>(left, right, 3, 4, 5, 6), v128.load(above + x));
      v128.store(to + x, f32x4.sub(f32x4.sub(came, right), down));
      v128.store(above + x, down);
      left = right;
    }
  }
}

function isStep(right: v128, down: v128, limit: v128): v128 {
  return f32x4.ge(f32x4.add(f32x4.mul(right, right), f32x4.mul(down, down)), limit);
}

function shrunk(difference: v128, less: v128): v128 {
  return f32x4.sub(difference, f32x4.max(f32x4.min(difference, less), f32x4.neg(less)));
}

/** Terms of a sketch's solution that depend on the kernel: matched = seen * conj(response), power = |response|^2. */
export function matchKernel(response: usize, seen: usize, matched: usize, power: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const a = v128.load(response);
    const b = v128.load(response, 16);
    const re = realParts(a, b);
    const im = imaginaryParts(a, b);
    const c = v128.load(seen);
    const d = v128.load(seen, 16);
    const seenRe = realParts(c, d);
    const seenIm = imaginaryParts(c, d);
    const matchedRe = f32x4.add(f32x4.mul(re, seenRe), f32x4.mul(im, seenIm));
    const matchedIm = f32x4.sub(f32x4.mul(re, seenIm), f32x4.mul(im, seenRe));
    storeComplex(matched, matchedRe, matchedIm);
    v128.store(power, f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)));
    response += 32;
    seen += 32;
    matched += 32;
    power += 16;
  }
}

/** spectrum = (matched + beta * spectrum) / (scale * (power + beta * powers)), for `count` frequencies. */
export function solveForSketch(
  spectrum: usize,
  matched: usize,
  power: usize,
  powers: usize,
  count: i32,
  beta: f32,
  scale: f32,
): void {
  const betas = f32x4.splat(beta);
  const scales = f32x4.splat(scale);
  for (let i = 0; i < count; i += 4) {
    const curbed = f32x4.add(v128.load(power), f32x4.mul(betas, v128.load(powers)));
    const factor = f32x4.div(f32x4.splat(1), f32x4.mul(scales, curbed));
    for (let half: usize = 0; half < 32; half += 16) {
      const both =
        half === 0 ? v128.shuffle<f32>(factor, factor, 0, 0, 1, 1) : v128.shuffle<f32>(factor, factor, 2, 2, 3, 3);
      const sum = f32x4.add(v128.load(matched + half), f32x4.mul(betas, v128.load(spectrum + half)));
      v128.store(spectrum + half, f32x4.mul(both, sum));
    }
    spectrum += 32;
    matched += 32;
    power += 16;
    powers += 16;
  }
}

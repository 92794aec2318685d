/** @file Products of spectra and filters. AssemblyScript, see transpose.ts. */

import { imaginaryParts, realParts, storeComplex } from "./complex";

/** Multiplies `count` complex numbers (an even count) by those of `gain`, in place. */
export function applyFilter(spectrum: usize, gain: usize, count: i32): void {
  for (let i = 0; i < count; i += 2) {
    const a = v128.load(spectrum);
    const b = v128.load(gain);
    const re = v128.shuffle<f32>(b, b, 0, 0, 2, 2);
    const im = f32x4.mul(v128.shuffle<f32>(b, b, 1, 1, 3, 3), f32x4(-1, 1, -1, 1));
    const turned = v128.shuffle<f32>(a, a, 1, 0, 3, 2);
    v128.store(spectrum, f32x4.add(f32x4.mul(a, re), f32x4.mul(turned, im)));
    spectrum += 16;
    gain += 16;
  }
}

/** Replaces a kernel's spectrum f by its inverse filter: conj(f) / (scale * (|f|^2 + smoothness * powers)). */
export function invertFilter(filter: usize, powers: usize, count: i32, smoothness: f32, scale: f32): void {
  for (let i = 0; i < count; i += 4) {
    const a = v128.load(filter);
    const b = v128.load(filter, 16);
    const re = realParts(a, b);
    const im = imaginaryParts(a, b);
    const power = f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im));
    const curbed = f32x4.add(power, f32x4.mul(f32x4.splat(smoothness), v128.load(powers)));
    const factor = f32x4.div(f32x4.splat(1), f32x4.mul(f32x4.splat(scale), curbed));
    const outRe = f32x4.mul(re, factor);
    const outIm = f32x4.neg(f32x4.mul(im, factor));
    storeComplex(filter, outRe, outIm);
    filter += 32;
    powers += 16;
  }
}

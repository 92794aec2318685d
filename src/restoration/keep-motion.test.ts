/** @file Choice between the prediction and the motion network's picture. */
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { compactPlanes } from "../images/compact.js";
import type { Planes } from "../images/image.js";
import { keepMotion } from "./keep-motion.js";

const [width, height] = [160, 96];
const planes = (data: Float32Array): Planes => ({ width, height, channels: 3, data });
const made = (value: (x: number, i: number) => number): Float32Array =>
  Float32Array.from({ length: 3 * width * height }, (_, i) => value(i % width, i));
/** A blurry photo: a slow wave. */
const photo = planes(made((x) => 0.3 * Math.sin(x / 9)));
/** The photo, changed everywhere by the same amount up or down. */
const changed = (amount: number, seed: number): Float32Array => {
  const rng = Rng.fromSeed(seed);
  return photo.data.map((value, i) => value + (rng.uniform(i) < 0.5 ? -amount : amount));
};
const motion = planes(changed(0.05, 1));
const deconvolved = planes(changed(0.2, 2));
/** The motion network's picture with 1.1 of its correction, which is what is kept. */
const stronger = made((_, i) => photo.data[i]! + 1.1 * (motion.data[i]! - photo.data[i]!));
const between = (share: number) => made((_, i) => motion.data[i]! + share * (deconvolved.data[i]! - motion.data[i]!));
const kept = (prediction: Float32Array, more: Partial<Parameters<typeof keepMotion>[1]> = {}): Float32Array => {
  const copy = prediction.slice();
  keepMotion(copy, { photo, isSharp: () => false, motion, deconvolved, yielded: null, doubt: null, ...more });
  return copy;
};
/** Greatest difference of two pictures. */
const apart = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
const grid = (...values: number[]) => ({
  ...{ columns: values.length, rows: 1, values },
  within: { left: 0, top: 0, width, height },
});

describe("the prediction and the motion network's picture", () => {
  test("a prediction that uses the deconvolution stays, one that does not gives way", () => {
    for (const share of [0.35, 0.6, 1]) expect(kept(between(share))).toEqual(between(share));
    for (const share of [0, 0.05, -0.5]) expect(kept(between(share))).toEqual(stronger);
    expect(kept(changed(0.01, 7))).toEqual(stronger);
  });

  test("halfway between unused and used they are mixed by halves", () => {
    const halves = between(0.2).map((value, i) => (value + stronger[i]!) / 2);
    expect(apart(kept(between(0.2)), halves)).toBeLessThan(2e-3);
  });

  test("each place for itself, without a seam", () => {
    const all = between(0.8);
    const result = kept(made((x, i) => (x < width / 2 ? photo.data[i]! : all[i]!)));
    for (let i = 0; i < result.length; i++) {
      if (i % width < 24) expect(result[i]).toBe(stronger[i]);
      if (i % width >= width - 24) expect(result[i]).toBe(all[i]);
    }
    const share = (i: number) => (result[i]! - stronger[i]!) / (all[i]! - stronger[i]!);
    const row = 3 * width * 20;
    for (let x = width / 2; x < width - 1; x++)
      expect(Math.abs(share(row + x + 1) - share(row + x))).toBeLessThan(1.5 / 16);
  });

  test("where the motion network yielded to the deconvolution the prediction stays", () => {
    const unused = changed(0.01, 7);
    expect(kept(unused, { yielded: grid(1) })).toEqual(unused);
    const middle = unused.map((value, i) => (value + stronger[i]!) / 2);
    expect(apart(kept(unused, { yielded: grid(0.5) }), middle)).toBeLessThan(1e-6);
    const left = kept(unused, { yielded: grid(1, 0) });
    for (let i = 0; i < left.length; i += width) {
      expect(left[i + 8]).toBeCloseTo(unused[i + 8]!, 6);
      expect(left[i + width - 9]).toBeCloseTo(stronger[i + width - 9]!, 6);
    }
  });

  test("where the deconvolution is in doubt the motion network's picture is the result", () => {
    expect(kept(between(1), { doubt: grid(1) })).toEqual(stronger);
    expect(kept(between(1), { yielded: grid(1), doubt: grid(1) })).toEqual(stronger);
    const middle = between(1).map((value, i) => (value + stronger[i]!) / 2);
    expect(apart(kept(between(1), { doubt: grid(0.5) }), middle)).toBeLessThan(1e-6);
  });

  test("where all agree to a level nothing changes", () => {
    const same = motion.data.map((value, i) => value + (i % 2 === 0 ? 0.002 : -0.002));
    expect(kept(same, { deconvolved: motion })).toEqual(same);
  });

  test("a sharp photo keeps its prediction", () => {
    const prediction = changed(0.01, 7);
    expect(kept(prediction, { isSharp: () => true })).toEqual(prediction);
    expect(kept(prediction)).toEqual(stronger);
  });

  test("pictures in 16 bits give the same to their rounding", () => {
    const exact = kept(between(0.2));
    const compact = kept(between(0.2), { motion: compactPlanes(motion), deconvolved: compactPlanes(deconvolved) });
    expect(apart(compact, exact)).toBeLessThan(2e-4);
  });

  test("sizes that differ are refused", () => {
    expect(() => kept(motion.data, { deconvolved: { data: new Float32Array(3) } })).toThrow(/keepMotion/);
  });
});

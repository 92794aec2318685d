/** @file Choice between two pictures: the motion network's and the deconvolution's. */
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { compactPlanes } from "../images/compact.js";
import type { Planes } from "../images/image.js";
import { yieldToDeconvolution } from "./yield-to-deconvolution.js";

const [width, height] = [64, 48];
/** A blurry photo: a slow wave. */
const photo: Planes = {
  ...{ width, height, channels: 3 },
  data: Float32Array.from({ length: 3 * width * height }, (_, i) => 0.3 * Math.sin((i % width) / 9)),
};
/** The photo, changed everywhere by the same amount up or down. */
const changed = (amount: number, seed: number): Planes => {
  const rng = Rng.fromSeed(seed);
  return { ...photo, data: photo.data.map((value, i) => value + (rng.uniform(i) < 0.5 ? -amount : amount)) };
};
const WHOLE = { left: 0, top: 0, width, height };
const everywhere = (value: number) => ({ columns: 1, rows: 1, values: [value], within: WHOLE });
const yielded = (picture: Planes, inputs: Parameters<typeof yieldToDeconvolution>[1]): Float32Array => {
  const copy = { ...picture, data: picture.data.slice() };
  yieldToDeconvolution(copy, inputs);
  return copy.data;
};

describe("a motion network's picture and a deconvolution", () => {
  const [little, much] = [changed(0.05, 1), changed(0.2, 2)];

  test("with full confidence the deconvolution is taken, with half of it the mean, with none the network's", () => {
    const mixed = (confidence: number) =>
      yielded(little, { photo, deconvolved: much, confidence: everywhere(confidence) });
    mixed(1).forEach((value, i) => void expect(value).toBeCloseTo(much.data[i]!, 6));
    mixed(0.5).forEach((value, i) => void expect(value).toBeCloseTo((little.data[i]! + much.data[i]!) / 2, 6));
    expect(mixed(0)).toEqual(little.data);
  });

  test("where the deconvolution is in doubt the network's picture stays", () => {
    const confidence = everywhere(1);
    expect(yielded(little, { photo, deconvolved: much, confidence, doubt: everywhere(1) })).toEqual(little.data);
    const half = yielded(little, { photo, deconvolved: much, confidence, doubt: everywhere(0.5) });
    half.forEach((value, i) => void expect(value).toBeCloseTo((little.data[i]! + much.data[i]!) / 2, 6));
  });

  test("a network that changes the photo as much has removed the blur itself, and its picture stays", () => {
    const same = changed(0.2, 3);
    expect(yielded(same, { photo, deconvolved: much, confidence: everywhere(1) })).toEqual(same.data);
  });

  test("a deconvolution in 16 bits gives the same to its rounding", () => {
    const exact = yielded(little, { photo, deconvolved: much, confidence: everywhere(1) });
    const compact = yielded(little, { photo, deconvolved: compactPlanes(much), confidence: everywhere(1) });
    compact.forEach((value, i) => void expect(Math.abs(value - exact[i]!)).toBeLessThan(1e-4));
  });

  test.each([
    { named: "a photo", within: WHOLE, move: 0 },
    { named: "a part of a photo that reaches 16 px further to the left", within: { ...WHOLE, left: -16 }, move: -16 },
  ])("each place of $named has its own confidence, linear between their centres", ({ within, move }) => {
    const data = yielded(little, {
      photo,
      deconvolved: much,
      confidence: { columns: 2, rows: 1, values: [0, 1], within },
    });
    const share = (x: number) => {
      const i = 20 * width + x;
      return (data[i]! - little.data[i]!) / (much.data[i]! - little.data[i]!);
    };
    // Centres of the photo's places lie at 15.5 and 47.5.
    for (const [x, expected] of [
      [4, 0],
      [15, 0],
      [23, 7.5 / 32],
      [39, 23.5 / 32],
      [48, 1],
      [60, 1],
    ] as const) // prettier-ignore
      if (x + move >= 0) expect(share(x + move)).toBeCloseTo(expected, 4);
  });

  test("a sharp photo keeps the network's picture; it is measured once, and only where there is confidence", () => {
    let asked = 0;
    const told = (sharp: boolean, confidence: number) =>
      yielded(little, {
        ...{ photo, deconvolved: much, confidence: everywhere(confidence) },
        isSharp: () => {
          asked++;
          return sharp;
        },
      });
    expect(told(true, 0)).toEqual(little.data);
    expect(asked).toBe(0);
    expect(told(true, 1)).toEqual(little.data);
    told(false, 1).forEach((value, i) => void expect(value).toBeCloseTo(much.data[i]!, 6));
    expect(asked).toBe(2);
  });

  test("sizes that differ are refused", () => {
    const small = { data: new Float32Array(3) };
    expect(() => yielded(little, { photo, deconvolved: small, confidence: everywhere(1) })).toThrow(
      /yieldToDeconvolution/,
    );
  });
});

import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { SHARP_FROM, sharpnessOf } from "./sharpness.js";

const SIDE = 288; // nine places

const grey = (value: (x: number, y: number) => number, side = SIDE): Planes => ({
  ...{ width: side, height: side, channels: 1 },
  data: Float32Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side))),
});

/**
 * Squares of 24 px, light and dark, whose edges rise over `across` px from left to right and over `down` px from above.
 */
function squares(across: number, down = across, side = SIDE): Planes {
  const soft = (position: number, width: number) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += Math.floor((position + k) / 24) % 2 === 0 ? 1 : -1;
    return sum / width;
  };
  return grey((x, y) => 0.5 * soft(x, across) * soft(y, down), side);
}

const noisy = (planes: Planes, levels: number): Planes => {
  const noise = Rng.fromSeed(3).normals(planes.data.length);
  return { ...planes, data: planes.data.map((value, i) => value + (levels / 127.5) * noise[i]!) };
};

/** A step spread evenly over `width` px, and the sums of its squared differences, near and at 4 px. */
function closedForm(width: number): number {
  const step = (x: number) => Math.min(Math.max(x / width, 0), 1);
  let [near, far] = [0, 0];
  for (let x = -4; x <= width; x++) {
    near += (step(x + 1) - step(x)) ** 2;
    far += (step(x + 4) - step(x)) ** 2;
  }
  return Math.sqrt(near / far);
}

test("edges as the docstring says them, and the threshold between 2 and 3 px", () => {
  expect([1, 2, 3, 5, 9].map((width) => closedForm(width).toFixed(3))).toEqual([
    "0.500",
    "0.378",
    "0.327",
    "0.289",
    "0.269",
  ]);
  expect(SHARP_FROM).toBeGreaterThan(closedForm(3));
  expect(SHARP_FROM).toBeLessThan(closedForm(2));
});

describe("bars, whose edges all have one width and one direction", () => {
  test.each([1, 2, 3, 5, 9])("%i px", (width) => {
    const bars = grey((x) => {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += Math.floor((x + 12 + k) / 24) % 2; // no place cuts an edge
      return sum / width - 0.5;
    });
    const { narrowness, sharp } = sharpnessOf(bars);
    expect(narrowness).toBeCloseTo(closedForm(width), 6);
    expect(sharp).toBe(width <= 2);
  });
});

test("the direction in which edges are widest decides", () => {
  expect(sharpnessOf(squares(1))).toMatchObject({ sharp: true });
  for (const [across, down] of [
    [9, 1],
    [1, 9],
  ] as const)
    expect(sharpnessOf(squares(across, down)).sharp).toBe(false);
});

test("noise makes nothing sharp", () => {
  for (const levels of [2, 5, 10]) {
    const { narrowness, sharp } = sharpnessOf(noisy(squares(9), levels));
    expect(sharp, `${levels} levels: ${narrowness}`).toBe(false);
  }
  expect(
    sharpnessOf(
      noisy(
        grey(() => 0),
        10,
      ),
    ),
  ).toEqual({ narrowness: null, sharp: false });
});

test("grain that quiet places do not have is narrow at full size only, and makes nothing sharp", () => {
  const side = 480;
  const blurry = squares(9, 9, side);
  const noise = Rng.fromSeed(5).normals(blurry.data.length);
  // An even sky on the left; the full size alone gives 0.43.
  const grainy = blurry.data.map((value, i) => (i % side < 96 ? 0 : value + (10 / 127.5) * noise[i]!));
  const { narrowness, sharp } = sharpnessOf({ ...blurry, data: grainy });
  expect(sharp, `${narrowness}`).toBe(false);
  expect(sharpnessOf(squares(1, 1, side)).sharp).toBe(true);
});

test("a sharp photo with a blurry part is not sharp", () => {
  const [sharp, blurry] = [squares(1), squares(9)];
  const part = { ...sharp, data: sharp.data.map((value, i) => (i % SIDE < SIDE / 3 ? blurry.data[i]! : value)) };
  expect(sharpnessOf(part).sharp).toBe(false);
});

test("too small or too even to tell is never sharp", () => {
  for (const planes of [grey(() => 0.2), grey((x) => x % 2, 95), grey((x) => x % 2, 1)])
    expect(sharpnessOf(planes)).toEqual({ narrowness: null, sharp: false });
});

import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { periodicBlock } from "./periodic-block.js";

const size = 64;
const picture = { width: 40, height: 30, channels: 2, data: Rng.fromSeed(1).uniforms(2 * 40 * 30) };

test("the picture is in the upper left, the channel that was asked for", () => {
  const block = periodicBlock(picture, 1, size);
  for (const [x, y] of [
    [0, 0],
    [39, 0],
    [5, 29],
    [39, 29],
  ] as const)
    expect(block[y * size + x]).toBe(picture.data[40 * 30 + y * 40 + x]);
});

test("what is left joins the picture on to itself: no step is larger than a smooth passage needs", () => {
  const block = periodicBlock(picture, 0, size);
  for (let y = 0; y < 30; y++)
    for (let x = 39; x < size; x++) {
      const step = Math.abs(block[y * size + ((x + 1) % size)]! - block[y * size + x]!);
      expect(step).toBeLessThan(1.6 / 25);
    }
  for (let x = 0; x < size; x++)
    for (let y = 29; y < size; y++) {
      const step = Math.abs(block[((y + 1) % size) * size + x]! - block[y * size + x]!);
      expect(step).toBeLessThan(1.6 / 35);
    }
});

test("a picture larger than the block is refused", () => {
  expect(() => periodicBlock(picture, 0, 32)).toThrow(/within 32x32/);
});

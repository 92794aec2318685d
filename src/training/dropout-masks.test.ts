import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { drawMask } from "./dropout-masks.js";

const rng = Rng.fromSeed(5);
const COUNT = 400_000;

describe.each([0.02, 0.2, 0.5, 0.9])("a mask of rate %s", (rate) => {
  const mask = drawMask(rng, COUNT, rate);
  /** Standard deviations between an observed and an expected share. */
  const deviation = (observed: number, expected: number, draws: number) =>
    Math.abs(observed / draws - expected) / Math.sqrt((expected * (1 - expected)) / draws);
  const zeros = mask.reduce((sum, value) => sum + 1 - value, 0);

  test("zeroes that share of the values", () => {
    expect(deviation(zeros, rate, COUNT)).toBeLessThan(4);
  });

  test.each([1, 2, 3, 16])("independently of the value %i before", (lag) => {
    let both = 0;
    for (let i = lag; i < COUNT; i++) if (mask[i] === 0 && mask[i - lag] === 0) both++;
    // Pairs overlap, so allow a little more than for independent draws.
    expect(deviation(both, rate * rate, COUNT - lag)).toBeLessThan(5);
  });

  test("in its first and last part alike", () => {
    const tail = mask.subarray(COUNT - COUNT / 8);
    expect(
      deviation(
        tail.reduce((sum, value) => sum + 1 - value, 0),
        rate,
        tail.length,
      ),
    ).toBeLessThan(4);
  });
});

test("the same source gives the same mask, a fork another", () => {
  expect(drawMask(rng, 1000, 0.2)).toEqual(drawMask(rng, 1000, 0.2));
  expect(drawMask(rng.fork("b"), 1000, 0.2)).not.toEqual(drawMask(rng, 1000, 0.2));
});

test("rate 0 keeps everything", () => {
  expect(drawMask(rng, 10, 0)).toEqual(new Uint8Array(10).fill(1));
});

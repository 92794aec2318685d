import { expect, test } from "vitest";
import { emaWeight } from "./ema.js";

/** Share of the value at `fromImages` that is left at `toImages`. */
function left(
  config: Parameters<typeof emaWeight>[0],
  batchSize: number,
  fromImages: number,
  toImages: number,
): number {
  let part = 1;
  for (let seen = fromImages + batchSize; seen <= toImages; seen += batchSize)
    part *= 1 - emaWeight(config, batchSize, seen);
  return part;
}

test("after the half-life an old value counts half, whatever the batch size", () => {
  for (const batchSize of [1, 4, 50])
    expect(left({ halfLifeImages: 1000, rampUp: null }, batchSize, 0, 1000)).toBeCloseTo(0.5, 12);
});

test("with a ramp the start is forgotten sooner, and later the half-life holds", () => {
  const config = { halfLifeImages: 1000, rampUp: 0.05 };
  expect(left(config, 4, 0, 1000)).toBeLessThan(1e-6);
  // From 20,000 images on, 0.05 times the images seen is past the half-life.
  expect(left(config, 4, 20_000, 21_000)).toBeCloseTo(0.5, 12);
});

test("the first step of a steep ramp takes the new weights nearly whole, and is finite", () => {
  const weight = emaWeight({ halfLifeImages: 1000, rampUp: 1e-9 }, 8, 8);
  expect(weight).toBe(1);
});

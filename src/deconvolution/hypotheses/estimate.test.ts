import { expect, test } from "vitest";
import type { Planes } from "../../images/image.js";
import { edgeThreshold } from "./estimate.js";

const picture = (value: (x: number, y: number) => number): Planes => ({
  ...{ width: 40, height: 40, channels: 1 },
  data: Float32Array.from({ length: 1600 }, (_, i) => value(i % 40, Math.floor(i / 40))),
});

test("the weakest of the directions decides, so that every one has its edges", () => {
  // Upright edges of 1, level ones of 0.1, both ways along diagonals of 0.2: rows and columns of blocks.
  const edges = picture((x, y) => (x >= 20 ? 1 : 0) + (y >= 20 ? 0.1 : 0) + 0.002 * ((x * 7 + y * 13) % 11));
  const threshold = edgeThreshold(edges, 3);
  expect(threshold).toBeGreaterThan(0);
  expect(threshold).toBeLessThan(0.02);
});

test("a picture of even slopes in one direction has no threshold: all edges count", () => {
  expect(
    edgeThreshold(
      picture((x) => x),
      3,
    ),
  ).toBe(0);
});

import { expect, test } from "vitest";
import type { Planes } from "../../images/image.js";
import { pyramid, reachAt, shrunk, windowsOf } from "./pyramid.js";

const picture = (width: number, height: number, value: (x: number, y: number) => number): Planes => ({
  ...{ width, height, channels: 1 },
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

test("each level has half the pixels of the one before, down to kernels of three pixels", () => {
  const levels = pyramid(
    picture(400, 300, () => 0.25),
    15,
  );
  expect(levels.map(({ light }) => light.width)).toEqual([400, 283, 200, 142, 100, 71, 50]);
  expect(levels.every(({ light }) => light.data.every((value) => Math.abs(value - 0.25) < 1e-6))).toBe(true);
  expect(levels.map(({ scale }) => reachAt(15, scale))).toEqual([15, 11, 8, 5, 4, 2, 2]);
});

test("a picture too small to tell of motion ends the pyramid", () => {
  const levels = pyramid(
    picture(80, 60, () => 1),
    22,
  );
  expect(levels.at(-1)!.light.height).toBeGreaterThan(24);
});

test("a slope keeps its place and steepness, whatever the scale", () => {
  const slope = picture(90, 70, (x, y) => 0.01 * x + 0.002 * y);
  for (const scale of [Math.SQRT1_2, 0.5, 0.3]) {
    const { width, data } = shrunk(slope, scale);
    for (const [x, y] of [
      [8, 6],
      [12, 9],
    ] as const) {
      // prettier-ignore
      const [fromX, fromY] = [(x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5];
      expect(data[y * width + x]).toBeCloseTo(0.01 * fromX + 0.002 * fromY, 4);
    }
  }
});

test("windows lie around their place, inside the picture, with room to join on to themselves", () => {
  const levels = pyramid(
    picture(1000, 700, (x) => x),
    22,
  );
  const windows = windowsOf(levels, { x: 990, y: 20 }, 22);
  expect(windows).toHaveLength(levels.length);
  for (const { observed: seen, reachPx, blockPx } of windows) {
    expect(Math.max(seen.width, seen.height)).toBeLessThanOrEqual(448);
    expect(blockPx).toBeGreaterThanOrEqual(Math.max(seen.width, seen.height) + 4 * reachPx);
  }
  // The finest window's last column is the picture's.
  const { observed: seen } = windows[0]!;
  expect(seen.data[seen.width - 1]).toBe(999);
  expect(windowsOf(levels, { x: 500, y: 300 }, 22, 2)).toHaveLength(Math.ceil(levels.length / 2));
});

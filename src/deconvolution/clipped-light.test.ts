import { expect, test } from "vitest";
import type { Planes } from "../images/image.js";
import { clippedPixels, inAnyChannel, keptPixels, spread } from "./clipped-light.js";

const dark = (width: number, height: number, channels = 1): Planes => ({
  ...{ width, height, channels },
  data: new Float32Array(width * height * channels).fill(0.2),
});

test("clipped pixels are those near white, by channel; a photo without any has none, a white page too many", () => {
  const light = dark(20, 10, 3);
  expect(clippedPixels(light)).toBeNull();
  light.data[200 + 34] = 1;
  const clipped = clippedPixels(light)!;
  expect([...clipped.data].flatMap((value, i) => (value ? [i] : []))).toEqual([234]);
  expect([...inAnyChannel(clipped).data].flatMap((value, i) => (value ? [i] : []))).toEqual([34]);
  light.data.fill(1, 0, 300);
  expect(clippedPixels(light)).toBeNull();
});

test("everything within the reach goes, in every direction", () => {
  const mask = { ...dark(11, 9), data: new Float32Array(99) };
  mask.data[4 * 11 + 5] = 1;
  const near = spread(mask, 2);
  near.data.forEach((value, i) => {
    const [x, y] = [i % 11, Math.floor(i / 11)];
    expect(value).toBe(Math.abs(x - 5) <= 2 && Math.abs(y - 4) <= 2 ? 1 : 0);
  });
  const kept = keptPixels(mask, 2)!;
  expect(kept.data.reduce((sum, value) => sum + value, 0)).toBe(99 - 25);
  expect(keptPixels(mask, 5)).toBeNull(); // too little would be left
});

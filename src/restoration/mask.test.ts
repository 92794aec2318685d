import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Raster } from "../images/image.js";
import { masked, maskFromRaster } from "./mask.js";

const [WIDTH, HEIGHT] = [7, 5];
const random = (channels: 1 | 2 | 3 | 4, deep: boolean, seed: number): Raster => {
  const values = Rng.fromSeed(seed).uniforms(channels * WIDTH * HEIGHT);
  const data = deep
    ? Uint16Array.from(values, (u) => Math.floor(65536 * u))
    : Uint8Array.from(values, (u) => Math.floor(256 * u));
  return { width: WIDTH, height: HEIGHT, channels, data };
};

test.each(
  [1, 2, 3, 4].flatMap((channels) => [false, true].map((deep) => ({ channels: channels as 1 | 2 | 3 | 4, deep }))),
)(
  "$channels channels, deep: $deep: the original where black, the restoration where white, half of each at 0.5",
  ({ channels, deep }) => {
    const original = random(channels, deep, 1);
    const alpha = channels === 2 || channels === 4;
    const restored = random(channels, deep, 2);
    const data = restored.data.map((value, i) =>
      alpha && i % channels === channels - 1 ? original.data[i]! : value,
    ) as typeof restored.data;
    const mask = { width: WIDTH, height: HEIGHT, data: Float32Array.from({ length: 35 }, (_, i) => (i % 3) / 2) };
    const result = masked({ ...restored, data }, original, mask);
    result.data.forEach((value, i) => {
      const share = mask.data[Math.floor(i / channels)]!;
      const [before, after] = [original.data[i]!, data[i]!];
      expect(Math.abs(value - (before + share * (after - before)))).toBeLessThanOrEqual(share === 0.5 ? 0.5 : 0);
    });
  },
);

test("a mask's white, grey and size", () => {
  const raster = { width: 3, height: 1, channels: 3 as const, data: Uint8Array.of(255, 255, 255, 0, 0, 0, 255, 0, 0) };
  const mask = maskFromRaster(raster);
  expect([...mask.data]).toEqual([1, 0, expect.closeTo(1 / 3, 6)]);
  expect(() => masked(random(3, false, 1), random(3, false, 2), mask)).toThrow(/photo's size, 7 x 5/);
});

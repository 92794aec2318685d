/** @file Flat places stay the photo's, everything else the restoration's. */
import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { keepFlat } from "./keep-flat.js";

const LEVEL = 2 / 255;
const [width, height] = [64, 48];
const planes = (value: (x: number, channel: number, i: number) => number): Planes => ({
  ...{ width, height, channels: 3 },
  data: Float32Array.from({ length: 3 * width * height }, (_, i) =>
    value(i % width, Math.floor(i / (width * height)), i),
  ),
});
const kept = (photo: Planes, restored: Planes) => {
  const out = { ...restored, data: restored.data.slice() };
  keepFlat(out, photo);
  return out.data;
};

test.each([-1, -0.74, 0, 0.96, 1])("a photo of the one value %f comes back to the bit", (value) => {
  const photo = planes(() => value);
  const rng = Rng.fromSeed(1);
  expect(
    kept(
      photo,
      planes((_x, _channel, i) => value + 6 * LEVEL * rng.normal(i)),
    ),
  ).toEqual(photo.data);
});

test("a smooth gradient in 8 bit, whose neighbours differ by one level, stays the photo", () => {
  const photo = planes((x) => LEVEL * Math.round(x / 40));
  expect(
    kept(
      photo,
      planes(() => 0.5),
    ),
  ).toEqual(photo.data);
});

test("noise of two levels is texture: the restoration stays to the bit", () => {
  const rng = Rng.fromSeed(2);
  const restored = planes(() => 0.25);
  expect(
    kept(
      planes((_x, _channel, i) => 2 * LEVEL * rng.normal(i)),
      restored,
    ),
  ).toEqual(restored.data);
});

test("texture in one channel alone is texture", () => {
  const restored = planes(() => 0.25);
  const stripes = planes((x, channel) => (channel === 2 && x % 2 ? 4 * LEVEL : 0));
  expect(kept(stripes, restored)).toEqual(restored.data);
});

test("only the flat side of an edge is kept, beyond the window's reach of 8 px", () => {
  const photo = planes((x) => (x < 32 ? -0.5 : 0.5));
  const out = kept(
    photo,
    planes(() => 0),
  );
  const row = out.subarray(0, width);
  expect([...row.subarray(0, 24)]).toEqual(Array(24).fill(-0.5));
  expect([...row.subarray(24, 40)]).toEqual(Array(16).fill(0));
  expect([...row.subarray(40)]).toEqual(Array(24).fill(0.5));
});

test("pictures of two sizes are refused", () => {
  const photo = planes(() => 0);
  expect(() => keepFlat({ ...photo, width: 48, height: 64 }, photo)).toThrow(/keepFlat/);
});

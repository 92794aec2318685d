import { expect, test } from "vitest";
import type { Raster } from "../images/image.js";
import type { Photo } from "../images/photo.js";
import { restorePhoto } from "./restore-photo.js";
import type { Restoring } from "./restorer.js";

/** Adds `by` to the first channel of sample 0, twice that of sample 1, ...: what comes out is known for every pixel. */
const shifting = (by: number): Pick<Restoring, "run"> => ({
  async *run(photo, { samples = 1 } = {}) {
    const size = photo.width * photo.height;
    const all = Array.from({ length: samples }, (_, k) => ({
      ...photo,
      data: photo.data.map((value, i) => (i < size ? value + (k + 1) * by : value)),
    }));
    return { restored: all[0]!, samples: all, evaluations: 0 };
  },
});

const photo = (channels: Raster["channels"], data: Uint8Array | Uint16Array): Photo => ({
  raster: { width: 2, height: 1, channels, data },
  format: "png",
  metadata: { icc: Uint8Array.of(1, 2, 3), density: 72 },
});

const restored = async (input: Photo, by: number, samples?: number) =>
  (await restorePhoto(shifting(by), input, { keepTone: false, ...(samples ? { samples } : {}) })).map(({ raster }) => [
    ...raster.data,
  ]);

test("colour changes as the restorer says; alpha and metadata do not", async () => {
  const input = photo(4, Uint8Array.of(100, 50, 10, 7, 200, 0, 255, 0));
  const [output] = await restorePhoto(shifting(2 / 255), input, { keepTone: false }); // one step of 255 in the range [-1, 1]
  expect([...output!.raster.data]).toEqual([101, 50, 10, 7, 201, 0, 255, 0]);
  expect({ ...output, raster: null }).toEqual({ ...input, raster: null });
});

test("16 bits stay 16 bits: a change far below one step of 255 survives", async () => {
  const output = await restored(photo(3, Uint16Array.of(1000, 2000, 3000, 65535, 0, 40000)), 2 / 65535);
  expect(output).toEqual([[1001, 2000, 3000, 65535, 0, 40000]]); // white is clamped
});

test("grey photos become the mean of the restored channels and stay grey", async () => {
  expect(await restored(photo(1, Uint8Array.of(10, 20)), 6 / 255)).toEqual([[11, 21]]);
  expect(await restored(photo(2, Uint8Array.of(10, 99, 20, 0)), 6 / 255)).toEqual([[11, 99, 21, 0]]);
});

test("every sample becomes a photo, in order", async () => {
  expect(await restored(photo(3, Uint8Array.of(1, 2, 3, 4, 5, 6)), 2 / 255, 3)).toEqual([
    [2, 2, 3, 5, 5, 6],
    [3, 2, 3, 6, 5, 6],
    [4, 2, 3, 7, 5, 6],
  ]);
});

test("tone is the photo's unless told otherwise", async () => {
  const input = photo(4, Uint8Array.of(100, 50, 10, 7, 200, 0, 255, 0));
  const [output] = await restorePhoto(shifting(20 / 255), input);
  expect([...output!.raster.data]).toEqual([...input.raster.data]);
});

test("strength is the share of the correction: none, half, all", async () => {
  const input = photo(3, Uint8Array.of(100, 50, 10, 200, 0, 255));
  const red = async (strength: number) =>
    (await restorePhoto(shifting(20 / 127.5), input, { keepTone: false, strength }))[0]!.raster.data[0];
  expect([await red(0), await red(0.5), await red(1)]).toEqual([100, 110, 120]);
  await expect(red(1.1)).rejects.toThrow(/strength: expected a number from 0 to 1, got 1.1/);
});

import { expect, test } from "vitest";
import type { Raster } from "../images/image.js";
import type { Photo } from "../images/photo.js";
import { restorePhoto } from "./restore-photo.js";
import type { Restoring } from "./restorer.js";

/** Adds `by` to the first channel of sample 0, twice that of sample 1, ...: what comes out is known for every pixel. */
const shifting = (by: number): Pick<Restoring, "run" | "scale"> => ({
  scale: 1,
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

/** Every pixel twice in each direction, brighter by one step of 255. */
const doubling: Pick<Restoring, "run" | "scale"> = {
  scale: 2,
  async *run({ width, height, channels, data }) {
    const larger = {
      ...{ width: 2 * width, height: 2 * height, channels },
      data: Float32Array.from({ length: 4 * data.length }, (_, i) => {
        const [x, y] = [i % (2 * width), Math.floor(i / (2 * width))]; // rows of all channels, one after the other
        return data[Math.floor(y / 2) * width + Math.floor(x / 2)]! + 2 / 255;
      }),
    };
    return { restored: larger, samples: [larger], evaluations: 0 };
  },
};

test("an enlarging restorer gives a larger photo of the same kind, with alpha, and sizes in EXIF and XMP", async () => {
  const deep = Array.from({ length: 3 * 2 }, () => [1000, 30000, 60000, 40000]).flat();
  const exif = exifWithSizes([3, 2]);
  const xmp = new TextEncoder().encode(
    '<x tiff:ImageWidth="3" exif:PixelYDimension="2"><tiff:ImageLength>2</tiff:ImageLength><exif:PixelXDimension>3</exif:PixelXDimension></x>',
  );
  const input: Photo = {
    raster: { width: 3, height: 2, channels: 4, data: Uint16Array.from(deep) },
    format: "png",
    metadata: { exif, xmp, density: 300 },
  };
  const [output] = await restorePhoto(doubling, input, { keepTone: false });
  expect(output!.raster).toEqual({
    ...{ width: 6, height: 4, channels: 4 },
    data: Uint16Array.from(Array.from({ length: 24 }, () => [1257, 30257, 60257, 40000]).flat()),
  });
  expect([...output!.metadata.exif!]).toEqual([...exifWithSizes([6, 4])]);
  expect(new TextDecoder().decode(output!.metadata.xmp)).toBe(
    '<x tiff:ImageWidth="6" exif:PixelYDimension="4"><tiff:ImageLength>4</tiff:ImageLength><exif:PixelXDimension>6</exif:PixelXDimension></x>',
  );
  expect(output!.metadata.density).toBe(300);
});

test("a mask of the photo's size says where an enlargement is the network's, and where bicubic interpolation", async () => {
  const flat = photo(3, Uint8Array.of(100, 100, 100, 100, 100, 100));
  const mask = { width: 2, height: 1, data: Float32Array.of(0, 1) };
  const [output] = await restorePhoto(doubling, flat, { keepTone: false, mask });
  const reds = [...output!.raster.data].filter((_, i) => i % 3 === 0);
  expect(reds.slice(0, 4)).toEqual([100, 100, 101, 101]);
  const [half] = await restorePhoto(doubling, flat, { keepTone: false, strength: 0 });
  expect(new Set(half!.raster.data)).toEqual(new Set([100]));
});

/** EXIF, big-endian: width and height in the first directory and in EXIF's own, and a tag behind them. */
function exifWithSizes([width, height]: readonly [number, number]): Uint8Array {
  const entry = (tag: number, value: number) => [tag >> 8, tag & 255, 0, 4, 0, 0, 0, 1, 0, 0, value >> 8, value & 255];
  const first = [0, 3, ...entry(0x0100, width), ...entry(0x0101, height), ...entry(0x8769, 50), 0, 0, 0, 0];
  const own = [0, 3, ...entry(0xa002, width), ...entry(0xa003, height), ...entry(0xa005, 7), 0, 0, 0, 0];
  return Uint8Array.from([77, 77, 0, 42, 0, 0, 0, 8, ...first, ...own]);
}

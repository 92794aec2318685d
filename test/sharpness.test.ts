/**
 * @file What the test of sharpness says of photographs: the rates that decision 21 reports, on a part of its pictures.
 */
import { readdirSync } from "node:fs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { restore } from "../platform/node/library/open.js";
import { readImage } from "../platform/node/photos/image-file.js";
import { Rng } from "../src/base/random.js";
import { convolve } from "../src/blur/convolve.js";
import { linearMotionKernel } from "../src/blur/simple-kernels.js";
import { cropRaster } from "../src/images/crop.js";
import type { Planes, Raster } from "../src/images/image.js";
import { planesFromRaster } from "../src/images/pixels.js";
import { sharpnessOf } from "../src/restoration/sharpness.js";

const DATA = new URL("../../shared/data/", import.meta.url).pathname;
const load = async (path: string): Promise<Planes> => planesFromRaster((await readImage(DATA + path)).raster);

test("no frame of a moving camera is said to be sharp", async () => {
  const frames = ["GOPR0374_11_00", "GOPR0384_11_02"].flatMap((sequence) => {
    const folder = `gopro/validation/${sequence}/blur_gamma`;
    return readdirSync(DATA + folder).map((name) => `${folder}/${name}`);
  });
  expect(frames).toHaveLength(5);
  for (const frame of frames) expect(sharpnessOf(await load(frame)), frame).toMatchObject({ sharp: false });
});

test("most sharp photographs are known, none of them blurred by 9 px", async () => {
  const photos = await Promise.all([1, 5, 8, 13, 19, 24].map((k) => load(`photos/kodak_${k}.jpg`)));
  expect(photos.filter((photo) => sharpnessOf(photo).sharp).length).toBeGreaterThanOrEqual(5);
  for (const [k, photo] of photos.entries())
    expect(sharpnessOf(convolve(photo, linearMotionKernel(9, 47 * k))).sharp, `${k}`).toBe(false);
});

/** Blurred photographs, of phones, cameras and benchmarks: none is left as it is. */
test("every shaken photograph is restored", async () => {
  const files = readdirSync(`${DATA}real`).filter(
    (name) => /\.(jpe?g|png|tif|webp)$/i.test(name) && !/truth/.test(name),
  );
  expect(files.length).toBeGreaterThanOrEqual(23);
  for (const name of files) expect(sharpnessOf(await load(`real/${name}`)).sharp, name).toBe(false);
});

test("a photo whose background is out of focus is restored, though its part in focus is sharp", async () => {
  const { raster } = await readImage(new URL("../examples/friends-sharp.jpg", import.meta.url).pathname);
  const part = (left: number, top: number, width: number, height: number) =>
    sharpnessOf(planesFromRaster(cropRaster(raster, { left, top, width, height })));
  expect(part(96, 192, 240, 480), "the dogs").toMatchObject({ sharp: true });
  expect(part(340, 0, 299, 450), "the wall behind them").toMatchObject({ sharp: false });
  expect(sharpnessOf(planesFromRaster(raster)), "the whole photo").toMatchObject({ sharp: false });
});

/** `columns` x `rows` sharp photographs side by side, with a phone's noise and JPEG. */
async function largePhoto(columns: number, rows: number, sigma: number): Promise<Planes> {
  const names = [1, 2, 5, 8, 11, 13, 14, 16, 21, 22, 24].map((k) => `${DATA}photos/kodak_${k}.jpg`);
  const composite = Array.from({ length: columns * rows }, (_, i) => ({
    input: names[i % names.length]!,
    ...{ left: 768 * (i % columns), top: 512 * Math.floor(i / columns) },
  }));
  const [width, height] = [768 * columns, 512 * rows];
  const sheet = sharp({ create: { width, height, channels: 3, background: "black" } }).composite(composite);
  const png = await sheet.png({ compressionLevel: 0 }).toBuffer();
  const data = await (sigma > 0 ? sharp(png).blur(sigma) : sharp(png)).removeAlpha().raw().toBuffer();
  const noise = Rng.fromSeed(7).normals(1 << 16);
  const noisy = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) noisy[i] = data[i]! + 3 * noise[(i * 7919) & 0xffff]!;
  const jpeg = await sharp(noisy, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
  return planesFromRaster((await readImage(jpeg)).raster);
}

test("a photo of 12 megapixels is known to be sharp with noise, JPEG and the softness of its pixels, and blurry when it is", async () => {
  expect(sharpnessOf(await largePhoto(5, 6, 0.8)).sharp).toBe(true);
  expect(sharpnessOf(await largePhoto(5, 6, 5)).sharp).toBe(false);
});

test("the library leaves a sharp photo as it is, unless told otherwise", async () => {
  const [width, height] = [240, 240];
  const whole = await readImage(`${DATA}photos/kodak_8.jpg`);
  const photo = cropRaster(whole.raster, { left: 264, top: 136, width, height });
  const left = await restore(photo);
  expect(left.alreadySharp).toBe(true);
  expect(left.raster).toBe(photo);
  const restored = await restore(photo, { steps: 0, restoreSharp: true });
  expect(restored.raster.data).not.toEqual(photo.data);
  const nothing: Raster = { width, height, channels: 1, data: new Uint8Array(width * height) };
  expect((await restore(photo, { steps: 0, mask: nothing })).raster.data).toEqual(photo.data);
});

/** @file What the test of sharpness says of photographs: the rates that decision 21 reports, on a part of its pictures. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { deblur } from "../platform/node/deblur.js";
import { readImage } from "../platform/node/photos/image-file.js";
import { convolve } from "../src/blur/convolve.js";
import { linearMotionKernel } from "../src/blur/simple-kernels.js";
import type { Planes } from "../src/images/image.js";
import { planesFromRaster } from "../src/images/pixels.js";
import type { Mask } from "../src/restoration/mask.js";
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

test("the library leaves a sharp photo as it is, unless told otherwise", async () => {
  const sharp = await readImage(`${DATA}photos/kodak_8.jpg`);
  expect(await deblur(sharp)).toBe(sharp);
  const restored = await deblur(sharp, { steps: 0, restoreSharp: true });
  expect(restored.raster.data).not.toEqual(sharp.raster.data);
  const nothing: Mask = {
    width: sharp.raster.width,
    height: sharp.raster.height,
    data: new Float32Array(sharp.raster.width * sharp.raster.height),
  };
  expect((await deblur(sharp, { steps: 0, mask: nothing })).raster.data).toEqual(sharp.raster.data);
});

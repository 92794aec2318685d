/** @file Blur estimated on threads beside this one: the same kernels, the same photo. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { startBlurThread } from "../platform/node/blur-thread.js";
import { readImage } from "../platform/node/image-file.js";
import type { BlurWindow } from "../src/deconvolution/blind-kernel.js";
import { BlurThreads } from "../src/deconvolution/blur-threads.js";
import { deconvolve } from "../src/deconvolution/deconvolve.js";
import { cropRaster } from "../src/images/crop.js";
import { planesFromRaster } from "../src/images/pixels.js";

const EXAMPLE = join(import.meta.dirname, "../examples/friends-blurry.jpg");

test("threads estimate what one does, and start only where there is more than one place", async () => {
  const { raster } = await readImage(EXAMPLE);
  const photo = planesFromRaster(cropRaster(raster, { left: 300, top: 200, width: 256, height: 192 }));
  let started = 0;
  const threads = new BlurThreads(3, () => {
    started++;
    return startBlurThread();
  });
  const cellPx = 128;
  const alone = await deconvolve(photo, { cellPx });
  expect(alone.places.length).toBeGreaterThan(1);
  const shares: number[] = [];
  const together = await deconvolve(photo, { cellPx, estimator: threads, onProgress: (share) => shares.push(share) });
  expect(together.places).toEqual(alone.places);
  expect(together.deconvolved).toEqual(alone.deconvolved);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(started).toBe(Math.min(alone.places.length, 3) - 1);
  await deconvolve(photo, { cellPx: 256, estimator: threads });
  expect(started).toBe(Math.min(alone.places.length, 3) - 1);
  threads.release();
});

test("a thread that fails says why", async () => {
  const thread = startBlurThread();
  await expect(thread.estimate([{ blockPx: 7 } as BlurWindow])).rejects.toThrow(/^(?!.*ended with code)/);
});

/** @file Blur estimated on threads beside this one: the same kernels, the same photo. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readImage } from "../platform/node/photos/image-file.js";
import { startBlurThread } from "../platform/node/threads/blur-thread.js";
import type { BlurWindow } from "../src/deconvolution/blind-kernel.js";
import { BlurThreads } from "../src/deconvolution/blur-threads.js";
import { deconvolve } from "../src/deconvolution/deconvolve.js";
import { deconvolveBlind } from "../src/deconvolution/hypotheses/deconvolve-blind.js";
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

test("hypotheses are tried on threads as here", { timeout: 300_000 }, async () => {
  const { raster } = await readImage(EXAMPLE);
  const photo = planesFromRaster(cropRaster(raster, { left: 300, top: 200, width: 80, height: 68 }));
  const options = { response: "gamma2.2" } as const;
  const threads = new BlurThreads(2, startBlurThread);
  const [alone, together] = [
    await deconvolveBlind(photo, options),
    await deconvolveBlind(photo, { ...options, estimator: threads }),
  ];
  threads.release();
  expect(together.candidates[0]!.places).toEqual(alone.candidates[0]!.places);
  expect(Buffer.from(together.candidates[0]!.deconvolved.data.buffer)).toEqual(
    Buffer.from(alone.candidates[0]!.deconvolved.data.buffer),
  );
});

test("a task that fails on a thread fails with its own error", async () => {
  const thread = startBlurThread();
  await expect(thread.run("kernel", [{ blockPx: 7 } as BlurWindow])).rejects.toMatchObject({
    code: "argument",
    message: "Fourier: a side must be 32 times a product of twos, threes and fives, got 7",
  });
  thread.end();
});

test("a thread that ends before it answers says so", async () => {
  const thread = startBlurThread();
  const answer = thread.run("kernel", []);
  thread.end();
  await expect(answer).rejects.toMatchObject({ code: "device", message: /ended with code/ });
});

import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import { gaussianKernel } from "../blur/simple-kernels.js";
import type { Planes } from "../images/image.js";
import { deconvolve } from "./deconvolve.js";

const noise = (width: number, height: number): Planes =>
  convolve(
    {
      width,
      height,
      channels: 3,
      data: Rng.fromSeed(1)
        .uniforms(3 * width * height)
        .map((v) => 2 * v - 1),
    },
    gaussianKernel(7, 1.2),
  );

test("photos too small to tell of motion come back as they are", async () => {
  const photo = noise(40, 20);
  expect(await deconvolve(photo)).toEqual({ deconvolved: photo, places: [] });
});

test("a photo without edges stays even", { timeout: 60_000 }, async () => {
  const photo: Planes = { width: 80, height: 64, channels: 3, data: new Float32Array(3 * 80 * 64).fill(0.25) };
  const { deconvolved } = await deconvolve(photo);
  expect(deconvolved.data.every((value) => Math.abs(value - 0.25) < 1e-3)).toBe(true);
});

test("large photos are looked at in several places; progress reaches 1; values stay between black and white", {
  timeout: 60_000,
}, async () => {
  const photo = noise(150, 100);
  const shares: number[] = [];
  const { deconvolved, places } = await deconvolve(photo, {
    reachPx: 3,
    cellPx: 60,
    onProgress: (share) => shares.push(share),
  });
  expect(places.map(({ x, y }) => [x, y])).toEqual([
    [25, 25],
    [75, 25],
    [125, 25],
    [25, 75],
    [75, 75],
    [125, 75],
  ]);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(deconvolved.data.every((value) => value >= -1 && value <= 1)).toBe(true);
});

test("it ends when it is told to", async () => {
  const stop = new AbortController();
  const working = deconvolve(noise(150, 100), {
    reachPx: 3,
    cellPx: 50,
    onProgress: () => stop.abort(),
    signal: stop.signal,
  });
  await expect(working).rejects.toThrow(/stopped on request/);
});

test("what it cannot take is refused", async () => {
  await expect(deconvolve({ width: 2, height: 2, channels: 1, data: new Float32Array(4) })).rejects.toThrow(
    /\[3, H, W\]/,
  );
  await expect(deconvolve(noise(40, 40), { reachPx: 40 })).rejects.toThrow(/1 to 31/);
});

/** @file Undoing blur beside the rest of a program: timers run meanwhile, and a signal ends it. */
import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { linearMotionKernel } from "../blur/simple-kernels.js";
import { deconvolveGrid } from "./deconvolve-grid.js";
import { openFourier } from "./fourier.js";

const [width, height] = [1400, 900];
const light = { width, height, channels: 1, data: Rng.fromSeed(1).uniforms(width * height) };
const grid = { kernels: [linearMotionKernel(9, 20)], columns: 1, rows: 1, reachPx: 5 };

test("timers run between blocks, and progress ends at 1", async () => {
  const fourier = await openFourier();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const shares: number[] = [];
  await deconvolveGrid(light, grid, fourier, { onProgress: (share) => shares.push(share) });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(3);
  expect(shares).toEqual([1]);
});

test("a signal that fires meanwhile ends it", async () => {
  const controller = new AbortController();
  const undone = deconvolveGrid(light, grid, await openFourier(), { signal: controller.signal });
  setTimeout(() => controller.abort(), 1);
  await expect(undone).rejects.toMatchObject({ code: "cancelled" });
});

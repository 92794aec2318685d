/** @file Real photographs, blurred by kernels that are known: what is estimated against what was done. */
import { beforeAll, describe, expect, test } from "vitest";
import { readRgb } from "../../platform/node/photos/image-file.js";
import { convolve } from "../blur/convolve.js";
import type { Kernel } from "../blur/kernel.js";
import { lightFromUnit, unitFromLight } from "../blur/light.js";
import { linearMotionKernel } from "../blur/simple-kernels.js";
import { levelsFromPlanes } from "../evaluation/metrics/levels.js";
import { psnr } from "../evaluation/metrics/psnr.js";
import { crop } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { greyPlanes, planesFromRaster, rasterFromPlanes, signedFromUnit } from "../images/pixels.js";
import { estimateKernel, halvings, windowsAround } from "./blind-kernel.js";
import { deconvolve } from "./deconvolve.js";
import { openFourier } from "./fourier.js";
import { centredKernel } from "./shape-kernel.js";

/** An odd path, not even about anything. */
const path: Kernel = (() => {
  const data = new Float64Array(21 * 21);
  for (let t = 0; t <= 200; t++) {
    const [x, y] = [10 + 8 * Math.sin(t / 90), 4 + (11 * t) / 200 + 3 * Math.sin(t / 30)];
    data[Math.round(y) * 21 + Math.round(x - 3)]! += 1 / 201;
  }
  // Around its middle, as cameras' truths are: a kernel that lies beside it also moves the picture, which no photo
  // tells.
  return centredKernel({ width: 21, height: 21, data });
})();

/** The largest correlation of two kernels over all shifts: 1 for the same shape. */
function likeness(a: Kernel, b: Kernel): number {
  const norm = ({ data }: Kernel) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
  let most = 0;
  for (let dy = -10; dy <= 10; dy++)
    for (let dx = -10; dx <= 10; dx++) {
      let sum = 0;
      a.data.forEach((value, i) => {
        const x = (i % a.width) - (a.width >> 1) + dx + (b.width >> 1);
        const y = Math.floor(i / a.width) - (a.height >> 1) + dy + (b.height >> 1);
        if (x >= 0 && y >= 0 && x < b.width && y < b.height) sum += value * b.data[y * b.width + x]!;
      });
      most = Math.max(most, sum / (norm(a) * norm(b)));
    }
  return most;
}

let sharp: Planes;
/** Blurs as a camera does: light is blurred, then its curve and 8 bits are applied. Signed. */
const blurred = (photo: Planes, kernel: Kernel): Planes =>
  planesFromRaster(
    rasterFromPlanes(signedFromUnit(unitFromLight(convolve(lightFromUnit(photo, "gamma2.2"), kernel), "gamma2.2"))),
  );
const levels = levelsFromPlanes;

beforeAll(async () => {
  const whole = planesFromRaster(await readRgb("../shared/data/photos/kodak_8.jpg"), "unit");
  sharp = crop(whole, { left: 150, top: 30, width: 448, height: 448 });
});

describe("shake of the whole camera", () => {
  test.each([
    ["a line of 11 px", () => linearMotionKernel(11, 25)],
    ["a bent path", () => path],
  ])("%s is found again, and undone", { timeout: 60_000 }, async (_, kernelOf) => {
    const kernel = kernelOf();
    const blurry = blurred(sharp, kernel);
    const { deconvolved, places } = await deconvolve(blurry);
    expect(places).toHaveLength(1);
    expect(likeness(places[0]!.kernel, kernel)).toBeGreaterThan(0.65);
    const truth = levels(signedFromUnit(sharp));
    expect(psnr(levels(deconvolved), truth)).toBeGreaterThan(psnr(levels(blurry), truth) + 1);
  });
});

test("a kernel is an odd square around its middle, not negative, of sum 1", { timeout: 60_000 }, async () => {
  const light = greyPlanes(lightFromUnit(sharp, "gamma2.2"));
  const kernel = estimateKernel(windowsAround(halvings(light, 7), { x: 200, y: 200 }, 7), await openFourier());
  expect([kernel.width, kernel.height]).toEqual([15, 15]);
  expect(kernel.data.every((value) => value >= 0)).toBe(true);
  expect(kernel.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
});

test("each level is half the one before, and the last no smaller than a kernel of a pixel or two needs", () => {
  const light: Planes = { width: 301, height: 200, channels: 1, data: new Float32Array(301 * 200).fill(0.25) };
  const sizes = halvings(light, 15).map(({ width, height }) => [width, height]);
  expect(sizes).toEqual([
    [301, 200],
    [150, 100],
    [75, 50],
    [37, 25],
  ]);
  expect(halvings(light, 15).every(({ data }) => data.every((value) => value === 0.25))).toBe(true);
});

/**
 * @file Photographs blurred by known kernels as a camera does it: what is found again, where it lies, and what is left
 * alone.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { readRgb } from "../../../platform/node/photos/image-file.js";
import { Rng } from "../../base/random.js";
import { convolve } from "../../blur/convolve.js";
import { blankKernel, type Kernel, kernelCentroid, normalisedKernel, splat } from "../../blur/kernel.js";
import { lightFromUnit, unitFromLight } from "../../blur/light.js";
import { levelsFromPlanes } from "../../evaluation/metrics/levels.js";
import { psnr } from "../../evaluation/metrics/psnr.js";
import { register } from "../../evaluation/metrics/register.js";
import { crop } from "../../images/crop.js";
import type { Planes } from "../../images/image.js";
import { planesFromRaster, rasterFromPlanes, signedFromUnit } from "../../images/pixels.js";
import { deconvolveBlind } from "./deconvolve-blind.js";
import type { Response } from "./response.js";

/** A bent path of 14 px around its own middle, to a fraction of a pixel: then truth and photo lie in one place. */
const path: Kernel = (() => {
  const drawn = (dx: number, dy: number) => {
    const kernel = blankKernel(12);
    for (let t = 0; t <= 300; t++) splat(kernel, 12 + dx + t / 25 - 6, 12 + dy + 4 * Math.sin(t / 70), 1);
    return normalisedKernel(kernel, "path");
  };
  const { x, y } = kernelCentroid(drawn(0, 0));
  return drawn(-x, -y);
})();

let sharp: Planes;
beforeAll(async () => {
  const whole = planesFromRaster(await readRgb("../shared/data/photos/kodak_7.jpg"), "unit");
  sharp = crop(whole, { left: 250, top: 150, width: 256, height: 256 });
});

/** Signed, 8 bits. */
const blurred = (kernel: Kernel, response: Response): Planes =>
  planesFromRaster(
    rasterFromPlanes(signedFromUnit(unitFromLight(convolve(lightFromUnit(sharp, response), kernel), response))),
  );
const laid = (planes: Planes) => register(levelsFromPlanes(planes), levelsFromPlanes(signedFromUnit(sharp)));
const registered = (planes: Planes): number => {
  const { restored, truth } = laid(planes);
  return psnr(restored, truth);
};

describe("what is found in a photo", () => {
  test("shake: undone, and the result lies within a quarter of a pixel of its photo", {
    timeout: 300_000,
  }, async () => {
    const blurry = blurred(path, "gamma2.2");
    const { candidates, response, photoScore } = await deconvolveBlind(blurry, { candidates: 2, residual: true });
    expect(response).toBe("gamma2.2");
    expect(registered(candidates[0]!.deconvolved)).toBeGreaterThan(registered(blurry) + 3);
    const { shift } = laid(candidates[0]!.deconvolved);
    expect(Math.hypot(shift.x, shift.y)).toBeLessThanOrEqual(0.25);
    expect(candidates[0]!.score).toBeLessThanOrEqual(candidates[1]!.score);
    expect(candidates[0]!.score).toBeLessThan(photoScore);
    // The result explains the photo but for its rounding; the photo itself is far from it.
    const inside = { left: 16, top: 16, width: 224, height: 224 };
    const rms = (data: Float32Array) => Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0) / data.length);
    const residual = crop(candidates[0]!.residual!, inside);
    const unit = signedFromUnit(sharp);
    const lost = crop({ ...unit, data: unit.data.map((value, i) => value - blurry.data[i]!) }, inside);
    expect(rms(residual.data)).toBeLessThan(0.25 * rms(lost.data));
    expect(candidates.every(({ deconvolved }) => deconvolved.data.every((value) => Math.abs(value) <= 1))).toBe(true);
  });

  test("values that are light are taken for light, and a wide kernel is found", { timeout: 300_000 }, async () => {
    const read = async (kind: string) =>
      planesFromRaster(await readRgb(`../shared/data/levin/${kind}/im1_kernel4.png`));
    const [blurry, truth] = [await read("blur"), await read("sharp")];
    const { response, candidates } = await deconvolveBlind(blurry);
    expect(response).toBe("encoded");
    const gained = register(levelsFromPlanes(candidates[0]!.deconvolved), levelsFromPlanes(truth));
    expect(psnr(gained.restored, gained.truth)).toBeGreaterThan(28); // the blurry one has 19.5
  });
});

const noise = (width: number, height: number): Planes => ({
  ...{ width, height, channels: 3 },
  data: Rng.fromSeed(1)
    .uniforms(3 * width * height)
    .map((value) => 2 * value - 1), // prettier-ignore
});

test("photos too small to tell of motion come back as they are", async () => {
  const photo = noise(40, 20);
  const { candidates } = await deconvolveBlind(photo);
  const confidence = { columns: 1, rows: 1, values: [0], within: { left: 0, top: 0, width: 40, height: 20 } };
  expect(candidates).toEqual([{ deconvolved: photo, residual: null, score: 0, places: [], confidence }]);
  const [asked] = (await deconvolveBlind(photo, { residual: true })).candidates;
  expect(asked!.residual).toEqual({ ...photo, data: new Float32Array(3 * 40 * 20) });
});

test("a photo without edges stays even; progress reaches 1", { timeout: 120_000 }, async () => {
  const photo: Planes = { width: 80, height: 64, channels: 3, data: new Float32Array(3 * 80 * 64).fill(0.25) };
  const shares: number[] = [];
  const { candidates } = await deconvolveBlind(photo, { residual: true, onProgress: (share) => shares.push(share) });
  expect(candidates[0]!.deconvolved.data.every((value) => Math.abs(value - 0.25) < 1e-3)).toBe(true);
  expect(candidates[0]!.residual!.data.every((value) => Math.abs(value) < 1e-3)).toBe(true);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test("it ends when it is told to", { timeout: 120_000 }, async () => {
  const stop = new AbortController();
  const working = deconvolveBlind(noise(96, 80), { onProgress: () => stop.abort(), signal: stop.signal });
  await expect(working).rejects.toThrow(/stopped on request/);
});

test("what it cannot take is refused", async () => {
  await expect(deconvolveBlind({ width: 2, height: 2, channels: 1, data: new Float32Array(4) })).rejects.toThrow(
    /\[3, H, W\]/,
  );
  await expect(deconvolveBlind(noise(40, 40), { candidates: 0 })).rejects.toThrow(/positive integer/);
});

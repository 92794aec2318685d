/** @file The model without a network, as the command line opens it: a shaken photo comes out better. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { exportModel } from "../platform/node/models/export-model.js";
import { loadRestorer } from "../platform/node/models/load-restorer.js";
import { readRgb } from "../platform/node/photos/image-file.js";
import { convolve } from "../src/blur/convolve.js";
import { lightFromUnit, unitFromLight } from "../src/blur/light.js";
import { linearMotionKernel } from "../src/blur/simple-kernels.js";
import { METRICS } from "../src/evaluation/metrics/catalog.js";
import { levelsFromPlanes } from "../src/evaluation/metrics/levels.js";
import { crop } from "../src/images/crop.js";
import { planesFromRaster, rasterFromPlanes, signedFromUnit } from "../src/images/pixels.js";

const PHOTO = join(import.meta.dirname, "../../shared/data/photos/kodak_7.jpg");

test("it restores on threads, tells its progress, and takes no steps", { timeout: 300_000 }, async () => {
  const whole = planesFromRaster(await readRgb(PHOTO), "unit");
  const sharp = crop(whole, { left: 250, top: 150, width: 200, height: 180 });
  const light = convolve(lightFromUnit(sharp, "gamma2.2"), linearMotionKernel(9, 30));
  const blurry = planesFromRaster(rasterFromPlanes(signedFromUnit(unitFromLight(light, "gamma2.2"))));
  const restorer = await loadRestorer("deconvolution", { threads: 2 });
  try {
    expect([restorer.name, restorer.steps, restorer.diffuses]).toEqual(["deconvolution", 0, false]);
    let last = { done: 0, total: 1 };
    const { restored } = await restorer.restore(blurry, { onProgress: (event) => (last = event) });
    expect(last.done).toBe(last.total);
    const truth = levelsFromPlanes(signedFromUnit(sharp));
    const score = METRICS["psnr-registered"].compute;
    expect(score(levelsFromPlanes(restored), truth)).toBeGreaterThan(score(levelsFromPlanes(blurry), truth) + 1);
    await expect(restorer.restore(blurry, { steps: 2 })).rejects.toThrow(/no diffusion/);
  } finally {
    await restorer.release();
  }
});

test("there is nothing to export", async () => {
  await expect(exportModel("deconvolution", {}).next()).rejects.toThrow(/deconvolution alone/);
});

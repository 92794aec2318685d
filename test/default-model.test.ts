/** @file The model in the package: small, complete, and better than doing nothing on every frame it is judged by. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPairs } from "../platform/node/data/pairs.js";
import { loadRestorer } from "../platform/node/models/load-restorer.js";
import { packagedModelNames } from "../platform/node/models/model-folders.js";
import { readImage } from "../platform/node/photos/image-file.js";
import { convolve } from "../src/blur/convolve.js";
import { lightFromUnit, unitFromLight } from "../src/blur/light.js";
import { linearMotionKernel } from "../src/blur/simple-kernels.js";
import { levelsFromPlanes } from "../src/evaluation/metrics/levels.js";
import { psnr as registeredLevels } from "../src/evaluation/metrics/psnr.js";
import { register } from "../src/evaluation/metrics/register.js";
import { cropRaster } from "../src/images/crop.js";
import type { Planes, Raster } from "../src/images/image.js";
import { planesFromRaster, rasterFromPlanes, signedFromUnit } from "../src/images/pixels.js";
import { restorePhoto } from "../src/restoration/restore-photo.js";
import type { Restorer } from "../src/restoration/restorer.js";

const FOLDER = "models/default";

/** Four tiles of MAXIM. */
const SIDE_PX = 480;

/** The middle of a photo: the whole one takes ten seconds and says the same. */
const middle = (raster: Raster): Raster => {
  const [left, top] = [raster.width, raster.height].map((sidePx) => Math.floor((sidePx - SIDE_PX) / 2));
  return cropRaster(raster, { left: left!, top: top!, width: SIDE_PX, height: SIDE_PX });
};

/** Naive PSNR of 8-bit RGB. */
function psnr(a: Raster, b: Raster): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.data.length));
}

let restorer: Restorer;
beforeAll(async () => {
  restorer = await loadRestorer("default");
});
afterAll(() => restorer.release());

test("is found by name, is under 20.5 MB and says where it comes from", async () => {
  expect(await packagedModelNames()).toContain("default");
  const files = readdirSync(FOLDER);
  const weights = files
    .filter((name) => name.endsWith(".safetensors"))
    .reduce((sum, name) => sum + statSync(join(FOLDER, name)).size, 0);
  expect(weights).toBeLessThan(20.5e6);
  const card = readFileSync(join(FOLDER, "README.md"), "utf8");
  for (const word of ["CC BY 4.0", "Apache-2.0", "Tu et al.", "Nah et al.", "CC0", "GOPR0374_11_00"])
    expect(card).toContain(word);
  for (const part of ["predictor", "uncertainty", "diffusion"])
    expect(files).toEqual(expect.arrayContaining([`${part}.config.json`, `${part}.metrics.jsonl`]));
});

/**
 * The best of nine places within a pixel, of all but a border: a filmed truth is one instant of the exposure, and may
 * lie beside its middle.
 */
function registeredPsnr(a: Raster, b: Raster): number {
  const { width, height } = a;
  const sums = [-1, 0, 1].flatMap((dy) =>
    [-1, 0, 1].map((dx) => {
      let sum = 0;
      for (let y = 1; y + 1 < height; y++)
        for (let from = 3 * (y * width + 1), to = from + 3 * (dy * width + dx), x = 3; x < 3 * (width - 1); x++)
          sum += (a.data[to++]! - b.data[from++]!) ** 2;
      return sum;
    }),
  );
  return 10 * Math.log10(255 ** 2 / (Math.min(...sums) / (3 * (width - 2) * (height - 2))));
}

test("every validation frame is predicted nearer to the truth than it went in", async () => {
  const { pairs } = await openPairs("../shared/data/gopro/validation");
  const [plain, registered]: [number[], Record<string, number>] = [[], {}];
  for await (const { name, ...whole } of pairs()) {
    const [blurry, sharp] = [middle(whole.blurry), middle(whole.sharp)];
    const restored = rasterFromPlanes((await restorer.restore(planesFromRaster(blurry), { steps: 0 })).restored);
    plain.push(psnr(restored, sharp) - psnr(blurry, sharp));
    registered[name] = registeredPsnr(restored, sharp) - registeredPsnr(blurry, sharp);
  }
  expect(plain).toHaveLength(5);
  expect(plain.reduce((sum, gain) => sum + gain, 0) / 5).toBeGreaterThan(2);
  // Two truths lie a pixel off, where sharp edges cost more than soft ones. Frame 698 gains least: 0.20 dB.
  for (const [name, gain] of Object.entries(registered)) expect(gain, name).toBeGreaterThan(0.15);
}, 600_000);

test("shake of the whole camera is undone", async () => {
  const { raster } = await readImage("../shared/data/photos/kodak_8.jpg");
  const light = lightFromUnit(planesFromRaster(raster, "unit"), "gamma2.2");
  const shaken = signedFromUnit(unitFromLight(convolve(light, linearMotionKernel(13, 30)), "gamma2.2"));
  const [blurry, sharp] = [middle(rasterFromPlanes(shaken)), middle(raster)];
  const { restored } = await restorer.restore(planesFromRaster(blurry), { steps: 0 });
  expect(psnr(rasterFromPlanes(restored), sharp)).toBeGreaterThan(psnr(blurry, sharp) + 1.5);
});

test("two threads give bit for bit what one gives, and stop at once", async () => {
  const { raster } = await readImage("../shared/data/photos/kodak_8.jpg");
  const photo = planesFromRaster(cropRaster(raster, { left: 100, top: 60, width: 300, height: 220 }));
  const restored = async (threads: number, signal?: AbortSignal) => {
    const opened = await loadRestorer("default", { threads });
    try {
      return (await opened.restore(photo, { steps: 0, signal })).restored;
    } finally {
      await opened.release();
    }
  };
  expect(await restored(2)).toEqual(await restored(1));
  await expect(restored(2, AbortSignal.timeout(300))).rejects.toMatchObject({ code: "cancelled" });
});

test("a deconvolution on which all estimates agree is kept", async () => {
  const load = async (kind: string) => (await readImage(`../shared/data/levin/${kind}/im1_kernel6.png`)).raster;
  const [blurry, sharp] = await Promise.all([load("blur"), load("sharp")]);
  const { restored } = await restorer.restore(planesFromRaster(blurry), { steps: 0 });
  const levels = (planes: Planes) => levelsFromPlanes(planesFromRaster(rasterFromPlanes(planes)));
  const { restored: laid, truth } = register(levels(restored), levels(planesFromRaster(sharp)));
  // MAXIM alone reaches 26.5 dB, the deconvolution 35.1, and the predictor 26.6 when it sees MAXIM's picture.
  expect(registeredLevels(laid, truth)).toBeGreaterThan(32);
}, 120_000);

describe("the example photo", async () => {
  const [blurry, sharp] = await Promise.all(
    ["blurry", "sharp"].map(async (kind) => middle((await readImage(`examples/friends-${kind}.jpg`)).raster)),
  );

  test.each([0, 4])("comes out nearer to the sharp one, %i steps", async (steps) => {
    const { restored } = await restorer.restore(planesFromRaster(blurry!), { steps, seed: 1 });
    expect(psnr(rasterFromPlanes(restored), sharp!)).toBeGreaterThan(psnr(blurry!, sharp!));
  });
});

test.each([
  [0, 0, 0],
  [33, 25, 23],
  [250, 250, 250], // MAXIM by itself is 3 levels off
])("a flat picture of rgb(%i, %i, %i) comes back to the bit", async (...rgb) => {
  const data = Uint8Array.from({ length: 3 * 150 * 100 }, (_, i) => rgb[i % 3]!);
  const raster: Raster = { width: 150, height: 100, channels: 3, data };
  const flat = { raster, format: "png", metadata: {} } as const;
  const [restored] = await restorePhoto(restorer, flat);
  expect(restored!.raster.data).toEqual(data);
});

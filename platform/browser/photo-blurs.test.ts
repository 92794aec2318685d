/** @file The blur of a photo is estimated once, and a part is deconvolved with it. */
import { expect, test } from "vitest";
import { Rng } from "../../src/base/random.js";
import { type BlurEstimator, inlineEstimator } from "../../src/deconvolution/blur-estimator.js";
import { deconvolveBlind } from "../../src/deconvolution/hypotheses/deconvolve-blind.js";
import { crop } from "../../src/images/crop.js";
import type { Raster } from "../../src/images/image.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { PhotoBlurs } from "./photo-blurs.js";

const [width, height] = [160, 128];
/** Blocks, smeared over 7 px. */
const photo: Raster = (() => {
  const blocks = Rng.fromSeed(4).uniforms(40 * 32);
  const at = (x: number, y: number) => blocks[Math.floor(y / 8) * 40 + Math.floor(Math.max(0, x) / 8)]!;
  const value = (i: number) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    let sum = 0;
    for (let k = -3; k <= 3; k++) sum += at(x + k, y) / 7;
    return Math.round(255 * sum);
  };
  return { width, height, channels: 3, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => value(i)) };
})();
const all = { left: 0, top: 0, width, height };

/** Counts the estimates at a place. */
function counting() {
  let count = 0;
  const estimator: BlurEstimator = {
    lanes: 1,
    run(name, input) {
      if (name === "hypothesis") count += 1;
      return inlineEstimator.run(name, input);
    },
  };
  return { estimator, count: () => count };
}

test("a part has the blur of the whole photo, which is estimated once", { timeout: 240_000 }, async () => {
  const planes = planesFromRaster(photo);
  const expected = (await deconvolveBlind(planes, {})).candidates[0]!.deconvolved;
  const { estimator, count } = counting();
  const blurs = new PhotoBlurs();
  const deconvolve = blurs.deconvolverOf("hypotheses");
  const part = { left: 40, top: 24, width: 96, height: 80 };
  const computes = { photo, whole: true };
  const of = (rect: typeof part) =>
    blurs.during({ ...computes, part: rect }, () => deconvolve(crop(planes, rect), { estimator }));
  const small = (await of(part)).deconvolved;
  const estimates = count();
  expect(estimates).toBeGreaterThan(0);
  const whole = (await of(all)).deconvolved;
  expect(count()).toBe(estimates);
  expect(whole.data).toEqual(expected.data);
  // But for the border, beyond which the part knows nothing.
  const inside = { left: 24, top: 24, width: 48, height: 32 };
  const [a, b] = [
    crop(small, inside).data,
    crop(whole, { ...inside, left: part.left + inside.left, top: part.top + inside.top }).data,
  ];
  const off = Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
  expect(127.5 * off).toBeLessThan(2); // levels of 255
});

test("an estimate goes on for one who comes back at once, and is tried again after it was given up", {
  timeout: 240_000,
}, async () => {
  const planes = planesFromRaster(photo);
  const { estimator, count } = counting();
  const blurs = new PhotoBlurs();
  const deconvolve = blurs.deconvolverOf("hypotheses");
  const control = new AbortController();
  const run = (signal?: AbortSignal) =>
    blurs.during({ photo, whole: true, part: all }, () => deconvolve(planes, { estimator, signal }));
  const first = run(control.signal);
  control.abort();
  await expect(first).rejects.toMatchObject({ code: "cancelled" });
  await run();
  const once = count();
  await run();
  expect(count()).toBe(once);
});

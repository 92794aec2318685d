/**
 * @file Known blurs undone by total variation, and made again: of a cartoon of a scene, with edges, texture and lamps.
 */
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/random.js";
import { convolve } from "../../blur/convolve.js";
import { blankKernel, identityKernel, type Kernel } from "../../blur/kernel.js";
import { linearMotionKernel } from "../../blur/simple-kernels.js";
import { crop } from "../../images/crop.js";
import type { Planes } from "../../images/image.js";
import { inlineEstimator } from "../blur-estimator.js";
import { clippedPixels } from "../clipped-light.js";
import { openFourier } from "../fourier.js";
import type { PhotoLight } from "../photo-light.js";
import { deconvolveBlock } from "./deconvolve-block.js";
import { deconvolvePlaces } from "./deconvolve-places.js";

const [width, height] = [120, 100];
const rng = Rng.fromSeed(3);
const still = { x: 0, y: 0 };
const kernel = linearMotionKernel(9, 35);
const fourier = await openFourier();

/** A picture as light, none of it clipped. */
const lightOf = (picture: Planes): PhotoLight => ({ ...picture, of: (part) => crop(picture, part), clippedOf: null });

/** Boxes of several brightnesses, and lamps of 8 times white. */
function scene(lamps: number): Planes {
  const data = new Float32Array(3 * width * height).fill(0.2);
  for (let box = 0; box < 40; box++) {
    const at = (name: string) => rng.fork(name, box).uniform();
    const [left, top, w, h] = [at("x") * width, at("y") * height, 4 + 20 * at("w"), 4 + 20 * at("h")];
    for (let channel = 0; channel < 3; channel++)
      for (let y = Math.floor(top); y < Math.min(height, top + h); y++)
        for (let x = Math.floor(left); x < Math.min(width, left + w); x++)
          data[(channel * height + y) * width + x] =
            0.05 + 0.7 * rng.fork("light", box).fork(String(channel)).uniform();
  }
  for (let lamp = 0; lamp < lamps; lamp++) {
    const [x, y] = [
      20 + Math.floor(80 * rng.fork("lx", lamp).uniform()),
      20 + Math.floor(60 * rng.fork("ly", lamp).uniform()),
    ];
    for (let channel = 0; channel < 3; channel++)
      for (const at of [0, 1, width, width + 1]) data[channel * width * height + y * width + x + at] = 8;
  }
  return { width, height, channels: 3, data };
}
const rounded = (light: Planes): Planes => ({
  ...light,
  data: light.data.map((value) => Math.round(255 * Math.min(1, Math.max(0, value)) ** (1 / 2.2)) ** 2.2 / 255 ** 2.2),
});
/** Root mean square difference away from the border, where `counts` says so. */
function error(a: Planes, b: Planes, counts: (at: number) => boolean = () => true): number {
  let [sum, count] = [0, 0];
  a.data.forEach((value, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    if (x < 12 || y < 12 || x >= width - 12 || y >= height - 12 || !counts(i)) return;
    sum += (Math.min(1, Math.max(0, value)) - Math.min(1, b.data[i]!)) ** 2;
    count++;
  });
  return Math.sqrt(sum / count);
}
const both = (light: Planes, options: Partial<Parameters<typeof deconvolveBlock>[0]> = {}) =>
  deconvolveBlock({ light, clipped: null, kernel, shift: still, blockPx: 160, reblurs: true, ...options }, fourier);
const undone = (light: Planes, options: Partial<Parameters<typeof deconvolveBlock>[0]> = {}) =>
  both(light, options).sharper;

test("a known blur is undone in every channel", () => {
  const sharp = scene(0);
  const blurry = rounded(convolve(sharp, kernel));
  expect(error(undone(blurry), sharp)).toBeLessThan(0.35 * error(blurry, sharp));
});

test("a moved kernel moves the result back, by fractions of a pixel, and nothing else", () => {
  const blurry = rounded(convolve(scene(0), kernel));
  const plain = undone(blurry);
  const whole = undone(blurry, { shift: { x: 2, y: -1 } });
  const moved: Planes = {
    ...plain,
    data: plain.data.map((_, i) => {
      const [x, y] = [i % width, Math.floor(i / width) % height];
      return x + 2 < width && y > 0 ? plain.data[i - width + 2]! : 0;
    }),
  };
  expect(error(whole, moved)).toBeLessThan(3e-4);
  // Half a pixel to one side and half to the other: their mean lies where the plain result does.
  const [left, right] = [undone(blurry, { shift: { x: 0.5, y: 0 } }), undone(blurry, { shift: { x: -0.5, y: 0 } })];
  const mean: Planes = { ...plain, data: left.data.map((value, i) => (value + right.data[i]!) / 2) };
  expect(error(mean, plain)).toBeLessThan(0.6 * error(left, plain));
});

test("no blur leaves light as it is", () => {
  const light = scene(1);
  expect(undone(light, { kernel: identityKernel }).data).toBe(light.data);
});

describe("the border of a photo, which saw light from outside of it", () => {
  // A photo is a part of a scene: what lies around it blurs into it.
  const inside = { left: 15, top: 15, width: width - 30, height: height - 30 };
  const sharp = crop(scene(0), inside);
  const blurry = rounded(crop(convolve(scene(0), kernel), inside));
  const clipped = { ...blurry, data: new Float32Array(blurry.data.length) };
  for (let channel = 0; channel < 3; channel++) clipped.data[channel * inside.width * inside.height] = 1;
  /** Root mean square difference in the outermost 6 px. */
  const borderError = (a: Planes): number => {
    let [sum, count] = [0, 0];
    a.data.forEach((value, i) => {
      const [x, y] = [i % a.width, Math.floor(i / a.width) % a.height];
      if (Math.min(x, y, a.width - 1 - x, a.height - 1 - y) >= 6) return;
      sum += (value - sharp.data[i]!) ** 2;
      count++;
    });
    return Math.sqrt(sum / count);
  };

  test.each([
    ["", null],
    [", where a pixel is clipped", clipped],
  ])("is closer to the truth than the photo%s", (_, clipped) => {
    expect(borderError(undone(blurry, { clipped }))).toBeLessThan(0.55 * borderError(blurry));
  });
});

describe("lamps brighter than white", () => {
  const sharp = scene(5);
  const blurry = rounded(convolve(sharp, kernel));
  const clipped = clippedPixels(blurry)!;

  test("clipped pixels left out of the data leave no rings around them", () => {
    expect(clipped).not.toBeNull();
    const dim = (at: number) => sharp.data[at]! < 1;
    const [masked, plain] = [undone(blurry, { clipped }), undone(blurry)];
    expect(error(masked, sharp, dim)).toBeLessThan(0.75 * error(plain, sharp, dim));
  });

  test("where nothing is clipped both ways give the same", () => {
    const dark = rounded(convolve(scene(0), kernel));
    const one = { ...dark, data: new Float32Array(dark.data.length) };
    for (let channel = 0; channel < 3; channel++) one.data[channel * width * height] = 1;
    expect(error(undone(dark, { clipped: one }), undone(dark))).toBeLessThan(0.02);
  });
});

describe("the result, blurred again", () => {
  const sharp = scene(0);
  const blurry = rounded(convolve(sharp, kernel));
  /** Everything moves by `by` pixels to the right. */
  const moved = ({ width, height, data, ...kernel }: Kernel, by: number): Kernel => {
    const wide = blankKernel((Math.max(width, height) >> 1) + Math.abs(by));
    const to = (wide.width - width) / 2;
    for (let y = 0; y < height; y++)
      wide.data.set(data.subarray(y * width, (y + 1) * width), (y + (wide.height - height) / 2) * wide.width + to + by);
    return { ...kernel, width: wide.width, height: wide.height, data: wide.data };
  };

  test("is the photo, and lies where the photo does, however the kernel was moved", () => {
    expect(error(both(blurry).reblurred!, blurry)).toBeLessThan(0.1 * error(blurry, sharp));
    // The kernel lies 3 px to the right and is moved back by 3: the same blur, also where it begins and ends.
    const there = both(blurry, { kernel: moved(kernel, 3), shift: { x: -3, y: 0 } }).reblurred!;
    expect(error(there, blurry)).toBeLessThan(0.1 * error(blurry, sharp));
    // Moved elsewhere the sharp picture moves, its reblurred one does not.
    const elsewhere = both(blurry, { shift: { x: 1.5, y: -0.5 } });
    expect(error(elsewhere.reblurred!, blurry)).toBeLessThan(0.1 * error(blurry, sharp));
    expect(error(elsewhere.sharper, both(blurry).sharper)).toBeGreaterThan(0.3 * error(blurry, sharp));
  });

  test("is not the photo where the kernel is wrong", () => {
    const wrong = both(blurry, { kernel: linearMotionKernel(15, 125) }).reblurred!;
    expect(error(wrong, blurry)).toBeGreaterThan(3 * error(both(blurry).reblurred!, blurry));
  });

  test("of a lamp is as bright around it as the photo; only the lamp itself is unknown", () => {
    const lit = rounded(convolve(scene(5), kernel));
    const clipped = clippedPixels(lit)!;
    const known = (at: number) => clipped.data[at] === 0;
    const again = both(lit, { clipped }).reblurred!;
    expect(error(again, lit, known)).toBeLessThan(0.75 * error(both(lit).reblurred!, lit, known));
    expect(error(again, lit, known)).toBeLessThan(0.005);
  });

  test("is the photo itself under no blur, and left out unless asked for", () => {
    expect(both(blurry, { kernel: identityKernel }).reblurred!.data).toBe(blurry.data);
    expect(both(blurry, { kernel: identityKernel, reblurs: false }).reblurred).toBeNull();
    expect(both(blurry, { reblurs: false }).reblurred).toBeNull();
    expect(both(blurry, { reblurs: false }).sharper).toEqual(both(blurry).sharper);
  });

  /** Parts of a picture where `inside` is true from another one. */
  const pasted = (onto: Planes, from: Planes, inside: (x: number, y: number) => boolean): Planes => ({
    ...onto,
    data: onto.data.map((value, i) => (inside(i % width, Math.floor(i / width) % height) ? from.data[i]! : value)),
  });

  test("differs on an object that moves on its own, and hardly elsewhere", () => {
    const inObject = (x: number, y: number) => Math.hypot(x - 70, y - 50) < 16;
    const near = (x: number, y: number) => Math.hypot(x - 70, y - 50) < 30;
    const still = pasted(blurry, sharp, inObject); // carried along with the camera
    const again = both(still).reblurred!;
    const at = (where: (x: number, y: number) => boolean) => (i: number) =>
      where(i % width, Math.floor(i / width) % height);
    const [on, off] = [
      error(again, still, at(inObject)),
      error(
        again,
        still,
        at((x, y) => !near(x, y)),
      ),
    ];
    expect(on).toBeGreaterThan(3 * off);
  });

  test("is blended over places, each blurred by its own kernel", async () => {
    const other = linearMotionKernel(9, 125);
    const half = (x: number) => x >= width / 2;
    const photo = pasted(blurry, rounded(convolve(sharp, other)), half);
    const grid = { kernels: [kernel, other], columns: 2, rows: 1, reachPx: 5 };
    const settings = { shifts: [still, still], reblurs: true, estimator: inlineEstimator };
    const again = (await deconvolvePlaces(lightOf(photo), grid, settings)).reblurred!;
    const swapped = (await deconvolvePlaces(lightOf(photo), { ...grid, kernels: [other, kernel] }, settings))
      .reblurred!;
    // Beyond a place's middle its kernel alone counts.
    const ofOne = (i: number) => Math.abs((i % width) - width / 2) > width / 4;
    expect(error(again, photo, ofOne)).toBeLessThan(0.1 * error(blurry, sharp));
    expect(error(swapped, photo, ofOne)).toBeGreaterThan(3 * error(again, photo, ofOne));
    expect(again.data.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect((await deconvolvePlaces(lightOf(photo), grid, { ...settings, reblurs: false })).reblurred).toBeNull();
  });

  test("a photo that is longer than any block is cut into blocks", async () => {
    const [width, height] = [4200, 40];
    const wave: Planes = {
      ...{ width, height, channels: 1 },
      data: Float32Array.from({ length: width * height }, (_, i) => 0.5 + 0.3 * Math.sin((i % width) / 25)),
    };
    const grid = { kernels: [identityKernel], columns: 1, rows: 1, reachPx: 1 };
    const options = { shifts: [still], reblurs: false, estimator: inlineEstimator };
    const { data } = (await deconvolvePlaces(lightOf(wave), grid, options)).sharper;
    const worst = data.reduce((most, value, i) => Math.max(most, Math.abs(value - wave.data[i]!)), 0);
    expect(worst).toBeLessThan(0.02);
  });
});

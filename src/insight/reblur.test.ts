import { beforeAll, describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import type { Kernel } from "../blur/kernel.js";
import { gaussianKernel, linearMotionKernel } from "../blur/simple-kernels.js";
import { crop } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { kernelPicture } from "../reports/kernel-picture.js";
import { type Reblur, reblur } from "./reblur.js";

/** Four cells; what the outer ones are fitted in ends at the middle. */
const [WIDTH, HEIGHT] = [384, 96];
const across = linearMotionKernel(13, 0);
const down = linearMotionKernel(13, 90);

function texture(seed: number): Planes {
  const size = { width: WIDTH, height: HEIGHT, channels: 3 };
  const fine: Planes = { ...size, data: Rng.fromSeed(seed).normals(3 * WIDTH * HEIGHT) };
  const [soft, softer] = [convolve(fine, gaussianKernel(5, 0.8)), convolve(fine, gaussianKernel(21, 3))];
  return { ...size, data: soft.data.map((value, i) => Math.max(-1, Math.min(1, 0.3 * value + 1.5 * softer.data[i]!))) };
}

/** The left part of one picture, the rest of another. */
function joined(a: Planes, b: Planes): Planes {
  return { ...a, data: a.data.map((value, i) => (i % WIDTH < WIDTH / 2 ? value : b.data[i]!)) };
}

/** Spread of light across and down: standard deviations in pixels. */
function spread({ width, height, data }: Kernel): readonly [x: number, y: number] {
  const moment = (of: (i: number) => number) => Math.sqrt(data.reduce((sum, value, i) => sum + value * of(i) ** 2, 0));
  return [moment((i) => (i % width) - (width >> 1)), moment((i) => Math.floor(i / width) - (height >> 1))];
}

describe("a photo blurred across on the left and down on the right", () => {
  const sharp = texture(1);
  const photo = joined(convolve(sharp, across), convolve(sharp, down));
  let result: Reblur;
  beforeAll(() => {
    result = reblur(photo, sharp, { reachPx: 10 });
  });

  test("each place has its own kernel", () => {
    expect(result.cells.map(({ left, top }) => [left, top])).toEqual([
      [0, 0],
      [96, 0],
      [192, 0],
      [288, 0],
    ]);
    const [left, , , right] = result.cells.map(({ kernel }) => spread(kernel!));
    const truth = Math.sqrt((13 ** 2 - 1) / 12); // of 13 equal taps
    expect(Math.abs(left![0] - truth)).toBeLessThan(0.4);
    expect(left![1]).toBeLessThan(0.8);
    expect(Math.abs(right![1] - truth)).toBeLessThan(0.4);
    expect(right![0]).toBeLessThan(0.8);
  });

  test("and the truth explains it, the better where one kernel is all", () => {
    for (const k of [0, 3]) {
      expect(result.cells[k]!.explained).toBeGreaterThan(0.97);
      expect(result.cells[k]!.psnr).toBeGreaterThan(30);
    }
  });

  test("what was made up does not", () => {
    const made = joined(texture(5), texture(6));
    expect(reblur(photo, made, { reachPx: 10 }).psnr).toBeLessThan(result.psnr - 8);
    // Noise laid over the truth is wiped out by blur, mostly: the photo cannot tell.
    const grainy = { ...sharp, data: sharp.data.map((value, i) => value + 0.1 * (((i * 7919) % 11) / 5 - 1)) };
    expect(reblur(photo, grainy, { reachPx: 10 }).explained).toBeGreaterThan(0.8);
  });

  test("the picture is of the photo's size and bright where kernels are", () => {
    const picture = kernelPicture(photo, result);
    expect([picture.width, picture.height, picture.channels]).toEqual([WIDTH, HEIGHT, 3]);
    const amber = (x: number, y: number) => picture.data[3 * (y * WIDTH + x)]! - picture.data[3 * (y * WIDTH + x) + 2]!;
    // 21 taps of 3 pixels each in a cell of 96: 4 taps from the middle is inside a blur of 13, 4 taps aside is not.
    expect(amber(48 + 12, 48)).toBeGreaterThan(80);
    expect(amber(48, 48 + 24)).toBeLessThan(60);
    expect(amber(336, 48 + 12)).toBeGreaterThan(80);
  });
});

test("total and cells add up", () => {
  const [sharp, photo] = [texture(2), convolve(texture(2), across)];
  const { cells, psnr } = reblur(photo, sharp, { reachPx: 10 });
  const errors = cells.map((cell) => cell.width * cell.height * 10 ** (-cell.psnr / 10));
  const total = errors.reduce((sum, error) => sum + error, 0) / (WIDTH * HEIGHT);
  expect(psnr).toBeCloseTo(-10 * Math.log10(total), 6);
});

test("an unchanged photo has nothing to explain; an even one no kernel", () => {
  const photo = texture(3);
  expect(reblur(photo, photo, { reachPx: 6 })).toMatchObject({ psnr: Infinity, explained: null });
  const even: Planes = { ...photo, data: new Float32Array(photo.data.length) };
  expect(reblur(even, even)).toMatchObject({ psnr: Infinity, explained: null });
  expect(reblur(even, even).cells.every(({ kernel }) => kernel === null)).toBe(true);
});

test.each([
  [1, 1],
  [3, 40],
  [101, 7],
])("%i x %i pixels work", (width, height) => {
  const part = crop(texture(4), { left: 0, top: 0, width, height });
  const { cells } = reblur(part, part);
  expect(cells.reduce((sum, cell) => sum + cell.width * cell.height, 0)).toBe(width * height);
  expect(kernelPicture(part, reblur(part, part)).data.length).toBe(3 * width * height);
});

test("where no blur brings them nearer there is none", () => {
  const photo = texture(3);
  const brighter = { ...photo, data: photo.data.map((value) => value + 0.1) };
  const { psnr, explained } = reblur(photo, brighter);
  expect(psnr).toBeGreaterThanOrEqual(-20 * Math.log10(0.05) - 1e-3); // a difference of 0.1 in a range of 2
  expect(psnr).toBeLessThan(-20 * Math.log10(0.05) + 0.5);
  expect(explained).toBeGreaterThanOrEqual(0);
});

test("another size is refused", () => {
  const photo = texture(3);
  expect(() => reblur(photo, crop(photo, { left: 0, top: 0, width: 9, height: 9 }))).toThrow(
    /a restoration \[3, 96, 384\]/,
  );
});

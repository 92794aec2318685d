/**
 * @file Known blur, undone: pictures that were blurred with the kernel that is given, in every form a kernel comes in.
 */
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import type { Kernel } from "../blur/kernel.js";
import { lightFromUnit, unitFromLight } from "../blur/light.js";
import type { Planes } from "../images/image.js";
import { signedFromUnit, unitFromSigned } from "../images/pixels.js";
import { blurFromPicture, blurFromText, textOfKernels } from "./kernel-file.js";
import { deconvolveKnown, type KnownBlur } from "./known-blur.js";

/** Rectangles of random colours. */
function scene(width: number, height: number): Planes {
  const rng = Rng.fromSeed(5);
  const data = new Float32Array(3 * width * height).fill(-0.4);
  for (let k = 0; k < 40; k++) {
    const draw = rng.fork("rectangle", k);
    const [left, top] = [draw.integer(width, 0), draw.integer(height, 1)];
    const [w, h] = [6 + draw.integer(30, 2), 6 + draw.integer(30, 3)];
    for (let c = 0; c < 3; c++) {
      const value = 1.6 * draw.fork("colour").uniforms(3)[c]! - 0.9;
      for (let y = top; y < Math.min(height, top + h); y++)
        data.fill(value, (c * height + y) * width + left, (c * height + y) * width + Math.min(width, left + w));
    }
  }
  return { width, height, channels: 3, data };
}

const psnr = (a: Planes, b: Planes): number =>
  -10 * Math.log10(a.data.reduce((sum, value, i) => sum + ((value - b.data[i]!) / 2) ** 2, 0) / a.data.length);

/** Light spread by the kernel, as bytes. */
function blurred(sharp: Planes, kernel: Kernel): Planes {
  const light = lightFromUnit(unitFromSigned(sharp), "gamma2.2");
  const seen = signedFromUnit(unitFromLight(convolve(light, kernel), "gamma2.2"));
  return { ...seen, data: seen.data.map((value) => (2 * Math.round(127.5 * (value + 1))) / 255 - 1) };
}

/** A bent path that ends brightest, not symmetric: flipped by mistake it would make things worse. */
const ROWS = ["0 0 0 0 9", "0 0 0 5 0", "0 0 3 0 0", "1 2 0 0 0", "1 0 0 0 0"];
const values = ROWS.flatMap((row) => row.split(" ").map(Number));
const SUM = values.reduce((sum, value) => sum + value, 0);
const KERNEL: Kernel = { width: 5, height: 5, data: Float64Array.from(values, (value) => value / SUM) };
const photoOf = (sharp: Planes) => blurred(sharp, KERNEL);
const sharp = scene(96, 72);
const photo = photoOf(sharp);
const known: KnownBlur = { kernels: [KERNEL], columns: 1, rows: 1, response: "gamma2.2" };

describe("undoing", () => {
  test.each([
    ["total-variation", 8],
    ["wiener", 2],
  ] as const)("%s gains %d dB and more", async (filter, gain) => {
    const restored = await deconvolveKnown(photo, known, { filter });
    expect(psnr(restored, sharp) - psnr(photo, sharp)).toBeGreaterThan(gain);
  });
  test("the flipped kernel, and none, do not", async () => {
    const turned = { ...KERNEL, data: KERNEL.data.slice().reverse() };
    const wrong = await deconvolveKnown(photo, { ...known, kernels: [turned] });
    expect(psnr(wrong, sharp)).toBeLessThan(psnr(photo, sharp) + 1);
    const none: Kernel = { width: 1, height: 1, data: Float64Array.of(1) };
    expect(psnr(await deconvolveKnown(photo, { ...known, kernels: [none] }), photo)).toBeGreaterThan(60);
  });
  test("a grid of equal kernels is one kernel", async () => {
    const one = await deconvolveKnown(photo, known);
    const four = await deconvolveKnown(photo, {
      ...known,
      kernels: [KERNEL, KERNEL, KERNEL, KERNEL],
      columns: 2,
      rows: 2,
    });
    expect(psnr(one, four)).toBeGreaterThan(35);
  });
});

describe("files", () => {
  test("rows of numbers, JSON and a picture with a black border are the same kernel", () => {
    expect(blurFromText(ROWS.join("\n"), "k.txt")).toEqual({
      ...known,
      kernels: [expect.objectContaining({ width: 5 })],
    });
    const json = textOfKernels([
      { left: 0, top: 0, kernel: KERNEL },
      { left: 9, top: 0, kernel: null },
    ]);
    const read = blurFromText(json, "k.json");
    expect(blurFromText(`\uFEFF${json}`, "k.json")).toEqual(read); // a byte-order mark, as some editors write it
    expect(blurFromText(`\uFEFF${ROWS.join("\n")}`, "k.txt")).toEqual(blurFromText(ROWS.join("\n"), "k.txt"));
    expect([read.columns, read.rows, read.response]).toEqual([2, 1, "encoded"]);
    expect(read.kernels[1]!.data).toEqual(Float64Array.of(1));
    for (const [i, value] of read.kernels[0]!.data.entries()) expect(value).toBeCloseTo(KERNEL.data[i]!, 5);
    const side = 11;
    const data = new Uint8Array(side * side);
    for (const [i, value] of values.entries()) data[(3 + Math.floor(i / 5)) * side + 3 + (i % 5)] = 20 * value;
    const drawn = blurFromPicture({ width: side, height: side, channels: 1, data }, "k.png");
    expect([drawn.kernels[0]!.width, drawn.kernels[0]!.height]).toEqual([5, 5]);
    for (const [i, value] of drawn.kernels[0]!.data.entries()) expect(value).toBeCloseTo(KERNEL.data[i]!, 12);
  });
  test("an even side keeps its centre, at floor(size / 2)", () => {
    const { width, height, data } = blurFromText("0 0 1 1\n0 0 0 0", "k.txt").kernels[0]!;
    expect([width, height]).toEqual([3, 3]); // centre (2, 1) of 4 x 2: the light lies above it and above to the right
    expect([...data]).toEqual([0, 0.5, 0.5, 0, 0, 0, 0, 0, 0]);
  });
  test.each([
    ["1 2\n3", /rows of equally many numbers/],
    ["1 x", /rows of equally many numbers/],
    ["0 0\n0 0", /every value of the kernel is 0/],
    ["1 -2", /finite and not negative/],
    ["{", /not JSON/],
    ['{"format": "unblur kernels 1"}', /not kernels of unblur/],
  ])("%j is refused", (text, message) => {
    expect(() => blurFromText(text, "k.txt")).toThrow(message);
  });
  test("a kernel drawn dark on light is refused", () => {
    const data = new Uint8Array(81).fill(255);
    data[40] = 0;
    expect(() => blurFromPicture({ width: 9, height: 9, channels: 1, data }, "k.png")).toThrow(/invert it/);
  });
  test("a kernel that is too wide is refused before any work", async () => {
    const wide: Kernel = { width: 201, height: 1, data: new Float64Array(201).fill(1 / 201) };
    await expect(deconvolveKnown(photo, { ...known, kernels: [wide] })).rejects.toThrow(/at most 63 px/);
  });
});

import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { crop } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { blurPlanes } from "./blur-planes.js";
import { convolve } from "./convolve.js";
import { blurMargin, degrade } from "./degrade.js";
import { downsample } from "./downsample.js";
import { drawBlur } from "./draw-blur.js";
import { identityKernel, kernelReach } from "./kernel.js";
import { LIGHT_CURVES, type LightCurve } from "./light.js";
import { type BlurRecipeInput, blurRecipeSchema } from "./recipe.js";
import { gaussianKernel, linearMotionKernel } from "./simple-kernels.js";

const random = (height: number, width: number, seed: number): Planes => ({
  channels: 3,
  height,
  width,
  data: Rng.fromSeed(seed)
    .uniforms(3 * height * width)
    .map((u) => 2 * u - 1),
});
const worst = (a: Planes, b: Planes): number => {
  expect([a.channels, a.height, a.width]).toEqual([b.channels, b.height, b.width]);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
};
const rng = Rng.fromSeed(11);

describe("light", () => {
  test.each(Object.keys(LIGHT_CURVES) as LightCurve[])(
    "%s: there and back, black and white stay, ever brighter",
    (name) => {
      const { linear, encoded } = LIGHT_CURVES[name];
      expect([linear(0), encoded(0)]).toEqual([0, 0]);
      expect(Math.abs(linear(1) - 1)).toBeLessThan(1e-12);
      let before = -1;
      for (let v = 0; v <= 1; v += 1 / 255) {
        expect(Math.abs(encoded(linear(v)) - v)).toBeLessThan(1e-7); // sRGB's own two pieces meet only to 1e-7
        expect(linear(v)).toBeGreaterThan(before);
        before = linear(v);
      }
    },
  );

  test("sRGB of the middle", () => expect(LIGHT_CURVES.srgb.linear(0.5)).toBeCloseTo(0.21404114, 8)); // IEC 61966-2-1
});

describe("one known blur", () => {
  test("without curve it is the convolution of the encoded values", () => {
    const sharp = random(20, 31, 1);
    const kernel = gaussianKernel(7, 1.2);
    expect(worst(blurPlanes(sharp, { kernel, curve: "encoded" }, rng), convolve(sharp, kernel))).toBeLessThan(1e-6);
  });

  test("in light, half black and half white is brighter than half grey", () => {
    const stripes: Planes = {
      channels: 1,
      height: 1,
      width: 64,
      data: Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? 1 : -1)),
    };
    const kernel = { width: 2, height: 1, data: Float64Array.of(0.5, 0.5) };
    const { data } = blurPlanes(stripes, { kernel, curve: "gamma2.2", boundary: "circular" }, rng);
    const expected = 2 * 0.5 ** (1 / 2.2) - 1;
    for (const value of data) expect(Math.abs(value - expected)).toBeLessThan(1e-6);
  });

  test("a saturated lamp leaves a trail as white as itself; a grey one does not change", () => {
    const lamp = (value: number): Planes => ({
      channels: 1,
      height: 1,
      width: 21,
      data: new Float32Array(21).fill(-1).fill(value, 10, 11),
    });
    const blur = { kernel: linearMotionKernel(5, 0), curve: "encoded" as const };
    const saturation = { gain: 20, threshold: 0.8 };
    const bright = blurPlanes(lamp(1), { ...blur, saturation }, rng);
    expect([...bright.data.subarray(8, 13)]).toEqual([1, 1, 1, 1, 1]);
    const dim = blurPlanes(lamp(1), blur, rng);
    expect(Math.max(...dim.data)).toBeLessThan(-0.5);
    expect(blurPlanes(lamp(0.5), { ...blur, saturation }, rng)).toEqual(blurPlanes(lamp(0.5), blur, rng)); // 0.75 of white
  });

  test("a sky with all the blue there is is no lamp", () => {
    const sky: Planes = { channels: 3, height: 1, width: 1, data: Float32Array.of(0, 0.4, 1) };
    const blur = { kernel: identityKernel, curve: "encoded" as const };
    expect(blurPlanes(sky, { ...blur, saturation: { gain: 9, threshold: 0.9 } }, rng)).toEqual(
      blurPlanes(sky, blur, rng),
    );
  });

  test("downsampling takes the mean of s x s pixels, of fewer at the right and bottom edge", () => {
    const sharp = random(7, 10, 2);
    const small = blurPlanes(sharp, { kernel: identityKernel, curve: "encoded", downsample: 3 }, rng);
    expect([small.height, small.width]).toEqual([3, 4]);
    const mean = (channel: number, rows: readonly number[], columns: readonly number[]) => {
      const values = rows.flatMap((y) => columns.map((x) => sharp.data[70 * channel + 10 * y + x]!));
      return values.reduce((sum, value) => sum + value) / values.length;
    };
    for (const [at, expected] of [
      [0, mean(0, [0, 1, 2], [0, 1, 2])],
      [12 + 4 + 2, mean(1, [3, 4, 5], [6, 7, 8])],
      [12 + 8 + 3, mean(1, [6], [9])],
      [3, mean(0, [0, 1, 2], [9])],
    ] as const)
      expect(Math.abs(small.data[at]! - expected)).toBeLessThan(1e-6);
    expect(() => downsample(sharp, 1.5)).toThrow(/s must be a positive integer/);
  });

  test("whatever is added, the result lies in [-1, 1]", () => {
    const blur = { kernel: identityKernel, curve: "gamma2.2" as const, photonsAtWhite: 20, noiseSigma: 0.3 };
    const { data } = blurPlanes(random(30, 30, 3), blur, rng);
    expect([Math.min(...data), Math.max(...data)]).toEqual([-1, 1]);
  });
});

const everything: BlurRecipeInput = {
  kernels: [
    { kind: "camera-shake", weight: 3, lengthPx: [3, 25] },
    { kind: "linear", lengthPx: [2, 15] },
    { kind: "defocus", radiusPx: [0.5, 5] },
    { kind: "gaussian", blurSigmaPx: [0.3, 3] },
    { kind: "random-walk", sizePx: 25 },
    { kind: "given", rows: [[1, 0, 0, 0, 0, 0, 0, 3]] },
    { kind: "none", weight: 0.5 },
  ],
  light: [{ curve: "gamma2.2" }, { curve: "srgb" }, { curve: "encoded" }],
  saturation: { probability: 0.5, gain: [1, 5] },
  shotNoise: { probability: 0.5, photonsAtWhite: [500, 5000] },
  noiseSigma: [0, 0.02],
};

describe("a random blur", () => {
  const recipe = blurRecipeSchema.parse(everything);

  test("is the same for the same seed and another for another, and survives JSON", () => {
    const sharp = random(24, 24, 4);
    const first = degrade(sharp, recipe, Rng.fromSeed(1));
    const again = degrade(sharp, blurRecipeSchema.parse(JSON.parse(JSON.stringify(recipe))), Rng.fromSeed(1));
    expect(again).toEqual(first);
    expect(worst(degrade(sharp, recipe, Rng.fromSeed(2)).blurry, first.blurry)).toBeGreaterThan(0.01);
  });

  test("needs no more than its margin: beyond it, the border does not matter", () => {
    const quiet = blurRecipeSchema.parse({ ...everything, noiseSigma: [0, 0], shotNoise: undefined });
    const margin = blurMargin(quiet);
    const inner = { left: margin, top: margin, width: 16, height: 16 };
    const wide = random(16 + 4 * margin, 16 + 4 * margin, 5);
    const narrow = crop(wide, { left: margin, top: margin, width: 16 + 2 * margin, height: 16 + 2 * margin });
    let largest = 0;
    for (let seed = 0; seed < 80; seed++) {
      const a = degrade(narrow, quiet, Rng.fromSeed(seed));
      const b = degrade(wide, quiet, Rng.fromSeed(seed));
      const same = crop(b.blurry, { ...inner, left: 2 * margin, top: 2 * margin });
      expect(worst(crop(a.blurry, inner), same), `seed ${seed}`).toBeLessThan(2e-5);
      largest = Math.max(largest, kernelReach(a.kernel));
    }
    expect(largest).toBeLessThanOrEqual(margin);
    expect(largest).toBeGreaterThan(margin / 2); // so that the margin is not waste
  });

  test("sharpening adds the difference from a Gaussian blur, and its reach belongs to the margin", () => {
    const sharp = random(31, 37, 8);
    const quiet: Planes = { ...sharp, data: sharp.data.map((value) => value / 8) }; // far from the limits
    const blur = { kernel: identityKernel, curve: "encoded" as const, sharpening: { amount: 0.7, radiusPx: 1.1 } };
    const smooth = convolve(quiet, gaussianKernel(2 * Math.ceil(4 * 1.1) + 1, 1.1), { boundary: "reflect" });
    const expected = { ...quiet, data: quiet.data.map((value, i) => value + 0.7 * (value - smooth.data[i]!)) };
    expect(worst(blurPlanes(quiet, blur, rng), expected)).toBeLessThan(1e-3); // the Gaussian's tails
    const still: BlurRecipeInput = { kernels: [{ kind: "none" }] };
    const mask = { probability: 1, amount: [0.5, 0.5], radiusPx: [1.1, 1.1] } as const;
    const margin = blurMargin(blurRecipeSchema.parse({ ...still, sharpening: mask }));
    expect(margin).toBeGreaterThanOrEqual(3);
    expect(blurMargin(blurRecipeSchema.parse({ ...still, sharpening: { ...mask, probability: 0 } }))).toBe(0);
  });

  test("a turning shake takes the kernel's place as often as its probability says, within the ranges", () => {
    const shake = { probability: 0.5, lengthPx: [6, 20], turnPx: [2, 9] } as const;
    const recipe = blurRecipeSchema.parse({ kernels: [{ kind: "linear", lengthPx: [5, 9] }], shake });
    let turned = 0;
    for (let seed = 0; seed < 200; seed++) {
      const blur = drawBlur(recipe, { width: 60, height: 80 }, Rng.fromSeed(seed));
      if (!blur.shake) continue;
      turned++;
      expect(blur.kernel).toBe(identityKernel);
      expect(blur.shake.x.length).toBeGreaterThan(2 * (6 + 2));
      expect(blur.shake.x.length).toBeLessThanOrEqual(Math.ceil(2 * (20 + 9)) + 2);
    }
    expect(Math.abs(turned - 100)).toBeLessThan(25); // 3.5 standard deviations
    expect(blurMargin(recipe)).toBe(Math.ceil(20 / 2) + 1 + Math.ceil(9 / 2) + 1);
  });

  test("a moving scene takes the kernel's place as often as its probability says, with an odd number of instants", () => {
    const still = { kernels: [{ kind: "none" as const }], light: [{ curve: "encoded" as const }] };
    const scene = { probability: 0.5, lengthPx: [6, 20] as [number, number], instants: [7, 13] as [number, number] };
    const recipe = blurRecipeSchema.parse({ ...still, scene });
    const sharp = random(24, 24, 6);
    let [moved, objects] = [0, 0];
    const instants = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const blur = drawBlur(recipe, sharp, Rng.fromSeed(seed));
      expect(blur.kernel).toBe(identityKernel);
      if (!blur.scene) continue;
      moved++;
      if (blur.scene.object) objects++;
      instants.add(blur.scene.instants);
      const { x, y } = blur.scene.camera;
      expect(Math.hypot(x, y)).toBeGreaterThanOrEqual(6);
      expect(Math.hypot(x, y)).toBeLessThanOrEqual(20);
    }
    expect(Math.abs(moved - 100)).toBeLessThan(25); // 3.5 standard deviations
    expect(Math.abs(objects - moved / 2)).toBeLessThan(18);
    expect([...instants].sort((a, b) => a - b)).toEqual([7, 9, 11, 13]);
    const [never, always] = [0, 1].map((probability) =>
      degrade(sharp, blurRecipeSchema.parse({ ...still, scene: { ...scene, probability } }), Rng.fromSeed(1)),
    );
    expect(worst(never!.blurry, sharp)).toBeLessThan(1e-6);
    expect(worst(always!.blurry, sharp)).toBeGreaterThan(0.1);
  });

  test("a given kernel is taken as it is, but for its sum", () => {
    const given = blurRecipeSchema.parse({
      kernels: [
        {
          kind: "given",
          rows: [
            [0, 6],
            [2, 0],
          ],
        },
      ],
    });
    const { kernel } = degrade(random(3, 3, 1), given, Rng.fromSeed(1));
    expect(kernel).toEqual({ width: 2, height: 2, data: Float64Array.of(0, 0.75, 0.25, 0) });
  });

  test("kinds come as often as their weights say", () => {
    const kinds = blurRecipeSchema.parse({
      kernels: [
        { kind: "none", weight: 3 },
        { kind: "defocus", radiusPx: [2, 2] },
        { kind: "gaussian", blurSigmaPx: [9, 9], weight: 0 },
      ],
    });
    const dot = random(1, 1, 1);
    const count = 2000;
    const widths = Array.from({ length: count }, (_, seed) => degrade(dot, kinds, Rng.fromSeed(seed)).kernel.width);
    expect(new Set(widths)).toEqual(new Set([1, 5]));
    const share = widths.filter((width) => width === 1).length / count;
    expect(Math.abs(share - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / count));
    expect(blurMargin(kinds)).toBe(2);
    expect(blurMargin({ ...kinds, downsample: 4 })).toBe(4);
  });

  test.each([
    [{ kernels: [] }, "kernels"],
    [{ kernels: [{ kind: "none", weight: 0 }] }, "weight above 0"],
    [{ kernels: [{ kind: "defocus", radiusPx: [3, 1] }] }, "must not be greater"],
    [{ kernels: [{ kind: "wobble" }] }, "kind"],
    [{ kernels: [{ kind: "given", rows: [[1, 2], [3]] }] }, "same length"],
    [{ kernels: [{ kind: "given", rows: [[0, 0]] }] }, "above 0"],
    [{ kernels: [{ kind: "none" }], nosieSigma: [0, 1] }, "nosieSigma"],
  ])("a recipe that cannot be meant is refused: %j", (wrong, says) => {
    const { success, error } = blurRecipeSchema.safeParse(wrong);
    expect(success).toBe(false);
    expect(error!.message).toContain(says);
  });
});

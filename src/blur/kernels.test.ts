import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { cameraShakeKernel, exposure, shakeReach, shakeTrajectory } from "./camera-shake.js";
import { drawsFrom } from "./draws.js";
import { identityKernel, type Kernel, kernelCentroid, kernelReach, normalisedKernel, trimmedKernel } from "./kernel.js";
import { randomWalkKernel } from "./random-walk.js";
import {
  defocusKernel,
  gaussianKernel,
  gaussianReach,
  kernelFromRaster,
  linearMotionKernel,
} from "./simple-kernels.js";

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};
const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
/** Variance of the light along an axis, in square pixels. */
const spread = ({ width, height, data }: Kernel, axis: "x" | "y"): number =>
  data.reduce((total, value, i) => {
    const at = axis === "x" ? (i % width) - (width >> 1) : Math.floor(i / width) - (height >> 1);
    return total + value * at * at;
  }, 0);

describe("random kernels", () => {
  test("camera shake: sum 1, centred, inside its reach, another one for another seed", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const lengthPx = 1 + seed;
      const options = { lengthPx, steps: 300, anxiety: seed % 3 === 0 ? 0 : 0.03 };
      const kernel = cameraShakeKernel(options, drawsFrom(Rng.fromSeed(seed)));
      expect(kernel).toEqual(cameraShakeKernel(options, drawsFrom(Rng.fromSeed(seed))));
      expect(kernel.data.every((value) => value >= 0)).toBe(true);
      expect(Math.abs(sum(kernel.data) - 1)).toBeLessThan(1e-12);
      const { x, y } = kernelCentroid(kernel);
      expect(Math.hypot(x, y)).toBeLessThan(1e-9);
      expect([kernel.width % 2, kernel.height % 2]).toEqual([1, 1]);
      expect(kernelReach(kernel)).toBeLessThanOrEqual(shakeReach(lengthPx));
      seen.add([...kernel.data].join());
    }
    expect(seen.size).toBe(60);
  });

  test("shake without anxiety is straight motion", () => {
    const rng = Rng.fromSeed(5);
    const { x, y } = shakeTrajectory({ lengthPx: 20, steps: 50, anxiety: 0 }, drawsFrom(rng));
    expect(Math.abs(Math.hypot(x[49]!, y[49]!) - 20)).toBeLessThan(1e-9);
  });

  test("the light of two parts of the time is that of the whole, but for the first position", () => {
    const path = shakeTrajectory({ lengthPx: 12, steps: 60 }, drawsFrom(Rng.fromSeed(6)));
    const inside = { x: path.x.map((x) => x + 16), y: path.y.map((y) => y + 16) };
    const whole = exposure(inside, 32);
    const [early, late] = [exposure(inside, 32, 0, 0.31), exposure(inside, 32, 0.31, 1)];
    expect(
      worst(
        early.data.map((value, i) => value + late.data[i]!),
        whole.data,
      ),
    ).toBeLessThan(1e-15);
    expect(Math.abs(sum(whole.data) - 59 / 60)).toBeLessThan(1e-12);
    expect(Math.abs(sum(early.data) - 0.31)).toBeLessThan(1e-12);
  });

  test("random walk: KAIR's properties over many kernels", () => {
    let enlarged = 0;
    const count = 400;
    for (let seed = 0; seed < count; seed++) {
      const kernel = randomWalkKernel(drawsFrom(Rng.fromSeed(seed)));
      expect([kernel.width, kernel.height]).toEqual([37, 37]);
      expect(kernel.data.every((value) => value >= 0)).toBe(true);
      expect(Math.abs(sum(kernel.data) - 1)).toBeLessThan(1e-12);
      // A thin one is at most 27 + 2 wide: the outer 4 pixels are black. An enlarged one is cut, so mostly they are
      // not.
      const border = kernel.data.some((value, i) => {
        const [x, y] = [i % 37, Math.floor(i / 37)];
        return value > 0 && (x < 4 || y < 4 || x > 32 || y > 32);
      });
      if (border) enlarged++;
    }
    // At most a quarter, give or take 4 standard errors; some enlarged ones end before the border.
    expect(enlarged / count).toBeLessThan(0.25 + 4 * Math.sqrt((0.25 * 0.75) / count));
    expect(enlarged / count).toBeGreaterThan(0.1);
    expect(() => randomWalkKernel(drawsFrom(Rng.fromSeed(0)), 3)).toThrow(/size must be 5 or more/);
  });
});

describe("closed forms", () => {
  test.each([1.5, 4, 10.3])("a disc of radius %f spreads by r^2 / 4 on each axis", (radius) => {
    const kernel = defocusKernel(radius);
    // Each pixel's light sits in its middle; and the disc's edge is sampled: both cost some hundredths.
    for (const axis of ["x", "y"] as const)
      expect(Math.abs(spread(kernel, axis) - (radius * radius) / 4)).toBeLessThan(0.12);
    expect(kernelReach(kernel)).toBe(Math.ceil(radius));
    expect(kernelCentroid(kernel).x).toBeCloseTo(0, 12);
  });

  test.each([
    [9, 0],
    [12.5, 90],
    [31, 45],
  ])("motion over %f px at %i degrees spreads by L^2 / 12 along it", (length, angle) => {
    const kernel = linearMotionKernel(length, angle);
    const along = (length * length) / 12;
    const expected = {
      x: along * Math.cos((angle * Math.PI) / 180) ** 2,
      y: along * Math.sin((angle * Math.PI) / 180) ** 2,
    };
    for (const axis of ["x", "y"] as const) {
      const excess = spread(kernel, axis) - expected[axis]; // sharing among neighbours adds at most a quarter
      expect(excess).toBeGreaterThan(-1e-3);
      expect(excess).toBeLessThan(0.25);
    }
    expect(kernelReach(kernel)).toBe(shakeReach(length));
  });

  test("no motion at all is no blur, and a Gaussian ends at 1/255 of its peak", () => {
    expect(trimmedKernel(linearMotionKernel(0, 17))).toEqual(identityKernel);
    const reach = gaussianReach(2);
    expect(Math.exp(-(reach * reach) / 8)).toBeLessThan(1 / 255);
    expect(Math.exp(-((reach - 1) ** 2) / 8)).toBeGreaterThan(1 / 255);
  });

  test("a kernel from a picture, and what is refused", () => {
    const raster = { width: 2, height: 1, channels: 3 as const, data: Uint8Array.of(30, 60, 90, 0, 0, 20) };
    expect(worst(kernelFromRaster(raster).data, [0.9, 0.1])).toBeLessThan(1e-7);
    const black = { width: 2, height: 2, channels: 1 as const, data: new Uint8Array(4) };
    expect(() => kernelFromRaster(black)).toThrow(/must be positive/);
    expect(() => normalisedKernel({ width: 2, height: 1, data: Float64Array.of(2, -1) }, "here")).toThrow(/here: .*-1/);
    for (const bad of [() => gaussianKernel(0, 1), () => gaussianKernel(3, 0), () => defocusKernel(-1)])
      expect(bad).toThrow(/must be/);
  });
});

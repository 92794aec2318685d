/** @file Pictures whose shift is known, since both are drawn from one list of spots. */
import { describe, expect, test } from "vitest";
import { Rng } from "../../base/random.js";
import { METRICS } from "./catalog.js";
import type { Levels } from "./levels.js";
import { register } from "./register.js";

const rng = Rng.fromSeed(4);
const SPOTS = Array.from({ length: 400 }, (_, i) => {
  const at = (name: string) => rng.fork(name, i).uniform();
  return { x: 220 * at("x") - 20, y: 180 * at("y") - 20, light: 120 * at("light") - 60 };
});

/** Spots of 3 px deviation on grey, drawn exactly wherever the picture lies. */
function picture(dx: number, dy: number, { width = 180, height = 140, channels = 3 } = {}): Levels {
  const data = new Float64Array(width * height * channels).fill(128);
  for (const [i, spot] of SPOTS.entries()) {
    const plane = (i % channels) * width * height;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const away = (x - dx - spot.x) ** 2 + (y - dy - spot.y) ** 2;
        if (away < 150) data[plane + y * width + x]! += spot.light * Math.exp(-away / 18);
      }
  }
  return { width, height, channels, data };
}

describe("registration", () => {
  test.each([
    [0, 0],
    [3, -5],
    [1.5, 0.25],
    [-2.375, 6.625],
    [9, 8],
  ])("a picture that lies %f px to the right and %f px down is found there", (dx, dy) => {
    for (const channels of [1, 3]) {
      const { shift } = register(picture(dx, dy, { channels }), picture(0, 0, { channels }));
      expect(Math.abs(shift.x - dx)).toBeLessThanOrEqual(1 / 8);
      expect(Math.abs(shift.y - dy)).toBeLessThanOrEqual(1 / 8);
    }
  });

  test("metrics after registration do not see the shift; in place they do", () => {
    const [truth, moved] = [picture(0, 0), picture(5.5, -4.25)];
    for (const [plain, registered] of [
      ["psnr", "psnr-registered"],
      ["ssim", "ssim-registered"],
    ] as const)
      expect([plain, METRICS[registered].compute(moved, truth) - METRICS[plain].compute(moved, truth)]).toSatisfy(
        ([name, gain]: [string, number]) => gain > (name === "psnr" ? 10 : 0.05),
      );
    expect(METRICS["ssim-registered"].compute(moved, truth)).toBeGreaterThan(0.98);
  });

  test("whole pixels are compared as they are", () => {
    const { restored, truth } = register(picture(3, -2), picture(0, 0));
    expect(restored.data.every((value, i) => Math.abs(value - truth.data[i]!) < 1e-9)).toBe(true);
  });

  test("of a small picture less is left out, of a tiny one nothing", () => {
    const small = { width: 60, height: 40 };
    expect(register(picture(1, 0, small), picture(0, 0, small)).shift).toEqual({ x: 1, y: 0 });
    const tiny = { width: 7, height: 5 };
    const { restored } = register(picture(1, 0, tiny), picture(0, 0, tiny));
    expect([restored.width, restored.height]).toEqual([7, 5]);
  });
});

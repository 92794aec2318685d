import { expect, test } from "vitest";
import { readRgb } from "../../platform/node/photos/image-file.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import { averageFrames } from "./average-frames.js";

const SHARED = new URL("../../../shared/", import.meta.url);
const frame = (...values: number[]) => ({
  channels: 1,
  height: 1,
  width: values.length,
  data: Float32Array.from(values),
});

test("half the time black, half white: half the light", () => {
  const both = [frame(0, 0.25, 1), frame(1, 0.25, 1)];
  const expected = { encoded: 0.5, "gamma2.2": 0.5 ** (1 / 2.2), srgb: 0.735357 }; // IEC 61966-2-1: 1.055 * 0.5^(1/2.4) - 0.055
  for (const curve of ["encoded", "gamma2.2", "srgb"] as const) {
    const { data } = averageFrames(both, curve);
    [expected[curve], 0.25, 1].forEach((value, i) => {
      expect(Math.abs(data[i]! - value)).toBeLessThan(1e-6);
    });
  }
});

test("frames of different size, or none, are refused", () => {
  expect(() => averageFrames([frame(0, 1, 0), frame(0)], "encoded")).toThrow(/frame 1: expected \[1, 1, 3\]/);
  expect(() => averageFrames([], "encoded")).toThrow(/at least one frame/);
});

test("eight frames of the film make the data set's own blurry picture", async () => {
  const film = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const path = new URL(`data/frames240/GOPR0477_11_00/000${166 + i}.jpg`, SHARED).pathname;
      return planesFromRaster(await readRgb(path), "unit");
    }),
  );
  const { data } = rasterFromPlanes(averageFrames(film, "gamma2.2"), { range: "unit" });
  const folder = new URL("data/gopro/train/GOPR0477_11_00/blur_gamma/000165.jpg", SHARED).pathname;
  const expected = (await readRgb(folder)).data;
  const mse = Array.from(data).reduce((sum, value, i) => sum + (value - expected[i]!) ** 2, 0) / data.length;
  const psnr = 10 * Math.log10(255 ** 2 / mse);
  expect(psnr).toBeGreaterThan(48.6); // 48.8 dB from these JPEG files, says the data's own description
  expect(psnr).toBeLessThan(49);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readRgb } from "../../platform/node/image-file.js";
import { parseSafetensors } from "../checkpoints/safetensors.js";
import type { Planes } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import { averageFrames } from "./average-frames.js";

const SHARED = new URL("../../../shared/", import.meta.url);
const golden = parseSafetensors(readFileSync(new URL("golden/degradation/gopro_average.safetensors", SHARED))).tensors;
const tensor = (name: string) => golden.get(name)!.data as Float32Array;
const planes = (data: Float32Array): Planes => ({ channels: 3, height: 24, width: 32, data: data.map((v) => v / 255) });
const size = 3 * 24 * 32;
const frames = Array.from({ length: 7 }, (_, i) => planes(tensor("frames").slice(i * size, (i + 1) * size)));

test.each([
  ["gamma2.2", "blur_gamma22"],
  ["encoded", "blur_plain"],
  ["srgb", "blur_srgb"],
] as const)("average with the curve %s", (curve, name) => {
  const average = averageFrames(frames, curve);
  const worst = average.data.reduce((most, value, i) => Math.max(most, Math.abs(255 * value - tensor(name)[i]!)), 0);
  expect(worst).toBeLessThan(255 * 2e-7); // float32 in unit range
  if (!golden.has(`${name}_u8`)) return;
  const { data } = rasterFromPlanes(average, { range: "unit" });
  const expected = Uint8Array.from(
    { length: size },
    (_, i) => tensor(`${name}_u8`)[(i % 3) * (size / 3) + Math.floor(i / 3)]!,
  );
  expect(data).toEqual(expected);
});

test("frames of different size, or none, are refused", () => {
  const small = { channels: 3, width: 1, height: 1, data: new Float32Array(3) };
  expect(() => averageFrames([frames[0]!, small], "encoded")).toThrow(/frame 1: expected \[3, 24, 32\]/);
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

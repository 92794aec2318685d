import { expect, test } from "vitest";
import type { EvaluatedPicture } from "../evaluation/protocol.js";
import type { Raster } from "../images/image.js";
import { evaluationPage } from "./evaluation-page.js";
import { WorstPictures } from "./worst-pictures.js";

const [WIDTH, HEIGHT] = [64, 48];
const flat = (level: number, at: (x: number, y: number) => number = () => 0): Raster => ({
  ...{ width: WIDTH, height: HEIGHT, channels: 3 },
  data: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return level + at(pixel % WIDTH, Math.floor(pixel / WIDTH));
  }),
});

/** PSNR from `before` to `after` dB; the blur is 10 levels everywhere and 30 right of column 40, below row 24. */
function picture(name: string, before: number, after: number, samples: readonly Raster[] = []): EvaluatedPicture {
  const [input, restored] = [
    { psnr: before, ssim: 0.5 },
    { psnr: after, ssim: 0.25 },
  ];
  return {
    scores: {
      ...{ name, width: WIDTH, height: HEIGHT, crop: null, seed: 0, input, restored },
      samples: samples.length > 0 ? samples.map(() => restored) : [restored],
      meanOfSamples: samples.length > 1 ? restored : null,
    },
    input: flat(60, (x, y) => (x >= 40 && y >= 24 ? 30 : 10)),
    truth: flat(60),
    samples: samples.length > 0 ? samples : [flat(60)],
    ...{ mean: samples.length > 1 ? flat(60) : null, features: null },
  };
}

const pageOf = (pictures: readonly EvaluatedPicture[], collected: WorstPictures) =>
  evaluationPage({
    ...{ model: "m, 0 steps", pictures: pictures.map(({ scores }) => scores), sets: {}, leftOut: [] },
    calibration: collected.calibration,
    worst: collected.worst.map((one) => ({
      ...one,
      views: one.views.map((view) => ({ ...view, picture: { src: "data:,", alt: "", width: 1, height: 1 } })),
    })),
    provenance: { command: "unblur evaluate", facts: {} },
  });

/** The text of the row of a table that begins with `heading`. */
const rowOf = (page: string, heading: string): string[] => {
  const row = page.split("<tr").find((one) => one.includes(`<th scope="row">${heading}`));
  return [...row!.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell!.replaceAll(/<[^>]*>/g, ""));
};

test("the least gains are kept, the least first, whatever order they come in", () => {
  const collected = new WorstPictures(2, 24);
  const gains = { a: 3, b: -1, c: 2, d: Number.NaN, e: 0.5 };
  for (const [name, gain] of Object.entries(gains)) collected.add(picture(name, 20, 20 + gain));
  expect(collected.worst.map(({ scores }) => scores.name)).toEqual(["b", "e"]);
});

test("the crop lies where input and truth differ most, and is cut from every version", () => {
  const collected = new WorstPictures(1, 24);
  collected.add(picture("a", 20, 21));
  const [{ place, views }] = collected.worst as [(typeof collected.worst)[0]];
  expect(place).toEqual({ left: 40, top: 24, width: 24, height: 24 });
  expect(views.map(({ label, picture: { width, height, data } }) => [label, width, height, data[0]])).toEqual([
    ["Input", 24, 24, 90],
    ["Restored", 24, 24, 60],
    ["Truth", 24, 24, 60],
  ]);
  expect(collected.calibration).toBe(null);
});

test("several samples add their mean, their uncertainty and its calibration", () => {
  const collected = new WorstPictures(1, 24);
  // Two samples 4 and 2 levels off: deviation sqrt(2), expected error sqrt(2 * 1.5 + 1/12) = 1.756; the mean is exact.
  const pictures = [picture("a", 20, 21, [flat(64), flat(62)])];
  collected.add(pictures[0]!);
  expect(collected.worst[0]!.views.map(({ label }) => label)).toEqual([
    ...["Input", "Sample 1 of 2", "Mean of 2", "Uncertainty", "Truth"],
  ]);
  expect(collected.calibration!.within(0.01)).toBe(1);
  expect(pageOf(pictures, collected)).toContain("Calibration of the uncertainty");
});

test("the page's means, gains and counts, by hand", () => {
  const pictures = [picture("a", 25, 26), picture("b", 27, 26.5)];
  const collected = new WorstPictures(5, 24);
  for (const one of pictures) collected.add(one);
  const page = pageOf(pictures, collected);
  expect(rowOf(page, "psnr, dB").slice(0, 4)).toEqual([
    ...["26.000 ± 1.000", "26.250 ± 0.250", "+0.250 ± 0.750", "1 of 2"],
  ]);
  expect(rowOf(page, "ssim").slice(0, 3)).toEqual(["0.5000 ± 0.0000", "0.2500 ± 0.0000", "-0.2500 ± 0.0000"]);
  expect(rowOf(page, "b")).toEqual(["27.000", "26.500", "-0.500", "0.500", "0.250", "-0.250"]);
  expect(page.indexOf(">b</h2>")).toBeLessThan(page.indexOf(">a</h2>"));
});

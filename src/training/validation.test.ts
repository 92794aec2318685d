import { expect, test } from "vitest";
import type { PictureScores } from "../evaluation/protocol.js";
import { validationLines, validationMetrics } from "./validation.js";

/** Pictures with the given PSNR of the photo and of the restoration. */
const scored = (values: readonly (readonly [input: number, restored: number])[]): PictureScores[] =>
  values.map(([input, restored], i) => ({
    ...{ name: `${i}`, width: 64, height: 64, crop: null, seed: 0 },
    ...{ input: { psnr: input }, restored: { psnr: restored }, samples: [{ psnr: restored }], meanOfSamples: null },
  }));

/** Differences of mean 1 and deviation 0.5 of eight pictures: t = 5.66, beyond the 2.36 of 5 %. */
const DEVIATION = 0.5 * Math.sqrt(7 / 8);
const clear = scored(Array.from({ length: 8 }, (_, i) => [20, 21 + (i % 2 === 0 ? 1 : -1) * DEVIATION] as const));

test("a gain is called better where the paired t test is sure, and a difference is not named where it is not", () => {
  expect(validationLines(clear, null)).toEqual(["psnr 21.000 dB; over the photos: +1.000 ± 0.177, better"]);
  const two = clear.slice(0, 2);
  expect(validationLines(two, null)[0]).toMatch(/over the photos: \+1\.000 ± 0\.468, no clear difference$/);
});

test("against an earlier validation the pictures are compared one by one", () => {
  const step = 500;
  const better = scored(clear.map(({ restored }, i) => [20, restored.psnr! + 0.1 + 0.01 * (i % 2)] as const));
  expect(validationLines(better, { step, scores: clear })[0]).toMatch(/; over step 500: \+0\.105 ± 0\.002, better$/);
  expect(validationLines(clear, { step, scores: better })[0]).toMatch(/; over step 500: -0\.105 ± 0\.002, worse$/);
  expect(validationLines(clear, { step, scores: clear })[0]).toMatch(/: 0\.000 ± 0\.000, no clear difference$/);
});

test("the log has the means", () => {
  expect(validationMetrics(clear)["validation psnr"]).toBeCloseTo(21, 12);
});

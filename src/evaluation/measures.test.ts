import { expect, test } from "vitest";
import { meanDifference, meanGain, meanOf, signOf } from "./measures.js";
import type { PictureScores } from "./protocol.js";

const row = (
  name: string,
  left: number,
  input: number,
  restored: number,
  mean: number | null = null,
): PictureScores => ({
  ...{ name, width: 64, height: 64, crop: { left, top: 0, width: 64, height: 64 }, seed: 0 },
  input: { psnr: input, "tone-error": 4 },
  restored: { psnr: restored, "tone-error": 1 },
  samples: [],
  meanOfSamples: mean === null ? null : { psnr: mean },
});

test("means, gains and their standard errors are those of pictures, whose crops count as one", () => {
  const rows = [row("a", 0, 20, 21), row("a", 9, 22, 25), row("b", 0, 24, 28)];
  expect(meanOf(rows, "psnr", "input")).toEqual({ mean: 22.5, standardError: expect.closeTo(1.5, 12), pictures: 2 });
  expect(meanGain(rows, "psnr")).toEqual({ mean: 3, standardError: expect.closeTo(1, 12), pictures: 2 });
  expect(meanGain(rows, "tone-error").mean).toBe(3); // lower is better: from 4 to 1
  expect(meanOf(rows, "psnr", "mean")).toMatchObject({ mean: null, pictures: 0 });
});

test("differences are taken crop by crop, whatever the order, and only over the same crops", () => {
  const a = [row("a", 0, 0, 30), row("b", 0, 0, 20)];
  const b = [row("b", 0, 0, 19), row("a", 0, 0, 29)];
  expect(meanDifference(a, b, "psnr")).toEqual({ mean: 1, standardError: 0, pictures: 2 });
  expect(() => meanDifference(a, [b[0]!, row("a", 5, 0, 29)], "psnr")).toThrow(/the same crops/);
  expect(() => meanDifference(a, [...b, row("c", 0, 0, 1)], "psnr")).toThrow(/the same crops/);
  const drawn = [row("a", 0, 0, 30, 31), row("b", 0, 0, 20, 22)];
  expect(meanDifference(drawn, drawn, "psnr", ["mean", "restored"]).mean).toBe(1.5);
});

test("a difference counts by Student's t test: from 2.306 standard errors on for 9 pictures, 12.706 for 2", () => {
  const of = (mean: number | null, standardError: number | null, pictures = 9) =>
    signOf({ mean, standardError, pictures });
  expect([of(2.31, 1), of(-2.31, 1), of(12.8, 1, 2), of(1, 0)]).toEqual(["above", "below", "above", "above"]);
  const small = { mean: 0.004, standardError: 1e-5, pictures: 30 };
  expect([signOf(small), signOf(small, 0.005)]).toEqual(["above", "unclear"]);
  const unclear = [of(2.3, 1), of(12.6, 1, 2), of(5, null, 1), of(null, null, 0), of(0, 0)];
  expect(unclear).toEqual(unclear.map(() => "unclear"));
});

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

test("means, gains and their standard errors are computed over the crops", () => {
  const rows = [row("a", 0, 20, 21), row("a", 9, 22, 25), row("b", 0, 24, 26)];
  expect(meanOf(rows, "psnr", "input")).toEqual({
    mean: 22,
    standardError: expect.closeTo(2 / Math.sqrt(3), 12),
    pictures: 3,
  });
  expect(meanGain(rows, "psnr")).toEqual({ mean: 2, standardError: expect.closeTo(1 / Math.sqrt(3), 12), pictures: 3 });
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

test("a difference counts if it exceeds two standard errors", () => {
  const of = (mean: number | null, standardError: number | null) => signOf({ mean, standardError, pictures: 9 });
  expect([of(2, 1), of(-2.1, 1), of(1.9, 1), of(5, null), of(null, null)]).toEqual([
    "above",
    "below",
    "unclear",
    "unclear",
    "unclear",
  ]);
});

/** @file Means and standard errors of numbers that can be checked by hand, and the table of them. */
import { describe, expect, test } from "vitest";
import { signedRankTest } from "./paired-test.js";
import type { PictureScores } from "./protocol.js";
import { gainOf, type Scores } from "./scores.js";
import { summarise } from "./summary.js";
import { tableOf } from "./table.js";

const row = (name: string, input: Scores, restored: Scores, meanOfSamples: Scores | null = null): PictureScores => ({
  ...{ name, width: 9, height: 9, crop: null, seed: 1, input, restored, meanOfSamples },
  samples: [restored],
});

describe("summary", () => {
  test("means and their standard errors are over pictures", () => {
    const summary = summarise([
      row("a", { psnr: 20 }, { psnr: 21 }),
      row("b", { psnr: 24 }, { psnr: 23.5 }),
      row("c", { psnr: 22 }, { psnr: 26 }),
    ]);
    expect(summary.psnr?.input).toEqual({ mean: 22, standardError: expect.closeTo(2 / Math.sqrt(3), 12), pictures: 3 });
    expect(summary.psnr?.restored.mean).toBeCloseTo(23.5, 12);
    // Gains 1, -0.5, 4: mean 1.5, variance (0.25 + 4 + 6.25) / 2.
    expect(summary.psnr?.gain.mean).toBeCloseTo(1.5, 12);
    expect(summary.psnr?.gain.standardError).toBeCloseTo(Math.sqrt(5.25 / 3), 12);
    expect([summary.psnr?.better, summary.psnr?.meanOfSamples]).toEqual([2, null]);
  });
  test("crops of one picture count as one value: many of one do not outweigh another, nor make the mean surer", () => {
    const crops = [20, 22, 24].map((psnr) => row("a", { psnr }, { psnr: psnr + 1 }));
    const { psnr } = summarise([...crops, row("b", { psnr: 30 }, { psnr: 30 })]);
    expect(psnr?.input).toEqual({ mean: 26, standardError: 4, pictures: 2 });
    expect([psnr?.gain.mean, psnr?.better]).toEqual([0.5, 1]);
  });
  test("what has no value is left out of the mean, what is infinite is not", () => {
    const summary = summarise([
      row("a", { niqe: null, psnr: 20 }, { niqe: 3, psnr: Number.POSITIVE_INFINITY }),
      row("b", { niqe: 5, psnr: 20 }, { niqe: 4, psnr: 21 }),
    ]);
    expect(summary.niqe?.input).toEqual({ mean: 5, standardError: null, pictures: 1 });
    expect(summary.niqe?.gain).toEqual({ mean: 1, standardError: null, pictures: 1 });
    expect(summary.psnr?.gain).toEqual({ mean: Number.POSITIVE_INFINITY, standardError: null, pictures: 2 });
    expect(summarise([row("a", { niqe: null }, { niqe: null })]).niqe?.input.mean).toBe(null);
  });
  test.each([
    ["psnr", 20, 22, 2],
    ["niqe", 6, 4, 2],
    ["high-frequency", 0.2, 0.7, 0.5],
    ["high-frequency", 0.8, 1.5, -0.3],
    ["psnr", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0],
  ] as const)("%s from %d to %d is a gain of %d", (name, before, after, gain) => {
    expect(gainOf(name, { [name]: after }, { [name]: before })).toBeCloseTo(gain, 12);
  });
});

test("the table has a line a metric, aligned, with the input and the gain, and says what each number is", () => {
  const scores = (psnr: number, niqe: number | null): Scores => ({ psnr, niqe });
  const lines = tableOf(
    summarise([
      row("a", scores(20, 6), scores(21, 5), scores(22, 5.5)),
      row("b", scores(24, null), scores(23, 5), scores(26, 4)),
    ]),
  );
  expect(lines.slice(0, 4)).toEqual([
    "metric      input        restored           gain  better      p  mean of samples    gain",
    "psnr (dB)  22.000  22.000 ± 1.000  0.000 ± 1.000  1 of 2  1.000           24.000  +2.000",
    "niqe        6.000   5.000 ± 0.000         +1.000  1 of 1  1.000            4.750  +0.500",
    "",
  ]);
  expect(lines.slice(4).join("\n")).toMatch(
    /^psnr: .*8 bits; higher is better\nniqe: .*lower is better\n.*standard error.*\np: /,
  );
});

test("sets have a line each, without what is of single pictures", () => {
  const summary = summarise([row("a", { psnr: 20 }, { psnr: 21 })]);
  const lines = tableOf(summary, {
    fid: { input: 31.5, restored: 12.25, pictures: 9 },
    kid: { input: null, restored: null, pictures: 1 },
  });
  expect(lines.slice(2, 4)).toEqual([
    "fid         31.50     12.25  +19.25               ",
    "kid             -         -       -               ",
  ]);
  expect(lines.join("\n")).toMatch(/\nfid: Frechet.*lower is better; 9 pictures/);
});

describe("paired test", () => {
  test("the classic example of heights of plants: W = 24 of 15 pairs", () => {
    const differences = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];
    expect(signedRankTest(differences)).toBeCloseTo(0.041259765625, 12);
    expect(signedRankTest(differences.map((value) => -value))).toBeCloseTo(0.041259765625, 12);
  });
  test("by hand: all of one sign, ties, zeros, nothing", () => {
    expect(signedRankTest([1, 2, 3])).toBeCloseTo(2 / 8, 15);
    expect(signedRankTest([1, 1, 1, -1])).toBeCloseTo(2 * (5 / 16), 15); // 4 choices with one positive, 1 with none
    expect(signedRankTest([0, 2, 1, 0])).toBeCloseTo(0.5, 15);
    expect(signedRankTest([0, 0])).toBe(null);
  });
  test("counted and normal distributions meet", () => {
    const gains = Array.from({ length: 100 }, (_, i) => (i % 5 < 2 ? -(i + 1) : i + 1.5));
    // The 101st is the smallest: it moves every rank by one and hardly anything else.
    const [counted, normal] = [signedRankTest(gains)!, signedRankTest([...gains, 0.01])!];
    expect(counted).toBeGreaterThan(0.001);
    expect(counted).toBeLessThan(0.9);
    expect(Math.abs(counted / normal - 1)).toBeLessThan(0.1);
  });
});

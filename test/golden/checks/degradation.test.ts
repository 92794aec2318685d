/** @file The degradation fixtures, value by value, and that a wrong value would be seen. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSafetensors } from "../../../src/checkpoints/safetensors.js";
import {
  checkAverage,
  checkConvolution,
  checkKernels,
  checkQuantisation,
  checkTrajectories,
  type DegradationText,
} from "./degradation.js";
import type { Outcome } from "./diffusion/outcome.js";

const DIR = join(import.meta.dirname, "../../../../shared/golden/degradation");
const text = JSON.parse(readFileSync(join(DIR, "degradation.json"), "utf8")) as DegradationText;
const tensors = (name: string) => new Map(parseSafetensors(readFileSync(join(DIR, `${name}.safetensors`))).tensors);
const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) =>
    outcome.kind === "compared" && !(outcome.error <= outcome.tolerance)
      ? [`${outcome.name}: ${outcome.error} > ${outcome.tolerance} at ${outcome.at}`]
      : [],
  );

test.each([
  ["frame averages", 5, 0, () => checkAverage(tensors("gopro_average"))],
  ["camera shake", 15, 0, () => checkTrajectories(text, tensors("deblurgan_trajectory"))],
  ["kernels", 4, 0, () => checkKernels(tensors("kernels"))],
  ["convolution, by sums and by Fourier transform", 88, 0, () => checkConvolution(tensors("convolution"))],
  ["rounding", 1, 1, () => checkQuantisation(text)],
] as const)("%s", (_, comparisons, skips, check) => {
  const outcomes = check();
  expect(outcomes.filter(({ kind }) => kind === "compared").length).toBe(comparisons);
  expect(outcomes.filter(({ kind }) => kind === "skipped").length).toBe(skips);
  expect(failures(outcomes)).toEqual([]);
});

test("one wrong value fails its row, one wrong draw its trajectory", () => {
  const wrong = tensors("convolution");
  const name = "asym_5x7/reflect101/convolve";
  const data = Float32Array.from(wrong.get(name)!.data as Float32Array);
  data[700]! += 1e-6;
  wrong.set(name, { ...wrong.get(name)!, data });
  expect(failures(checkConvolution(wrong)).map((line) => line.replace(/:.*/, ""))).toEqual([
    `${name} (direct)`,
    `${name} (fft)`,
  ]);
  const [run, ...others] = text.deblurgan.runs;
  const draws = run!.draws.map((draw, i) => (i === 6 ? draw + 1e-3 : draw));
  const spoilt = { ...text, deblurgan: { ...text.deblurgan, runs: [{ ...run!, draws }, ...others] } };
  const found = failures(checkTrajectories(spoilt, tensors("deblurgan_trajectory")));
  expect(found.length).toBeGreaterThan(1);
  for (const line of found) expect(line).toMatch(/^run0\//);
});

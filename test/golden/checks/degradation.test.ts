/** @file The degradation fixtures, value by value, and that a wrong value would be seen. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { checkConvolution, checkTrajectories, type DegradationText, degradationChecks } from "./degradation.js";
import type { Outcome } from "./outcome.js";

const ROOT = join(import.meta.dirname, "../../../../shared/golden");
const DIR = join(ROOT, "degradation");
const text = JSON.parse(readFileSync(join(DIR, "degradation.json"), "utf8")) as DegradationText;
const tensors = (name: string) => new Map(parseSafetensors(readFileSync(join(DIR, `${name}.safetensors`))).tensors);
const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) =>
    outcome.kind === "compared" && !(outcome.error <= outcome.tolerance)
      ? [`${outcome.name}: ${outcome.error} > ${outcome.tolerance} at ${outcome.at}`]
      : [],
  );

test("every file of the folder is checked", () => {
  const there = readdirSync(join(ROOT, "degradation")).map((name) => `degradation/${name}`);
  expect([...new Set(degradationChecks.flatMap(({ files }) => files))].sort()).toEqual(there.sort());
});

/** Number of comparisons in each file, so that none can go missing. */
const COMPARISONS: Readonly<Record<string, number>> = {
  "degradation.json": 1,
  "gopro_average.safetensors": 5,
  "deblurgan_trajectory.safetensors": 15,
  "kernels.safetensors": 4,
  "convolution.safetensors": 88, // 44 by sums, 44 by Fourier transform
};

test.each(degradationChecks)("$files", async ({ files, check }) => {
  const outcomes = await check(ROOT);
  const file = files.at(-1)!.replace("degradation/", "");
  expect(outcomes.filter(({ kind }) => kind === "compared").length).toBe(COMPARISONS[file]);
  expect(outcomes.filter(({ kind }) => kind === "skipped").length).toBe(file === "degradation.json" ? 1 : 0);
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
  const found = failures(checkTrajectories(tensors("deblurgan_trajectory"), spoilt));
  expect(found.length).toBeGreaterThan(1);
  for (const line of found) expect(line).toMatch(/^run0\//);
});

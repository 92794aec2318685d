/** @file The metrics fixtures, value by value, and that a wrong value or picture would be seen. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRgb } from "../../../platform/node/photos/image-file.js";
import { levelsFromRaster } from "../../../src/evaluation/metrics/levels.js";
import { checkPair, type MetricsText, metricsChecks } from "./metrics.js";
import type { Outcome } from "./outcome.js";

const ROOT = join(import.meta.dirname, "../../../../shared/golden");
const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) =>
    outcome.kind === "compared" && !(outcome.error <= outcome.tolerance)
      ? [`${outcome.name}: ${outcome.error} > ${outcome.tolerance} at ${outcome.at}`]
      : [],
  );

test("every file of the folder is read, every value compared", async () => {
  const [{ files, check }] = metricsChecks(ROOT) as [ReturnType<typeof metricsChecks>[number]];
  const there = readdirSync(join(ROOT, "metrics")).map((name) => `metrics/${name}`);
  expect([...files].sort()).toEqual(there.sort());
  const outcomes = await check(ROOT);
  expect(failures(outcomes)).toEqual([]);
  // 3 constants, 5 edge cases, 25 values of each pair, 2 predictions and 2 resizings of the first.
  expect(outcomes.filter(({ kind }) => kind === "compared").length).toBe(3 + 5 + 3 * 25 + 2 + 2);
  expect(outcomes.flatMap((outcome) => (outcome.kind === "skipped" ? [outcome.name] : []))).toEqual(
    [0, 1, 2].map((pair) => `pair${pair}/ssim_nafnet_hinet_3d_float32`),
  );
});

test("nine levels more in one pixel fail the errors, PSNR and SSIM; the middle of the picture is in all of them", async () => {
  const text = JSON.parse(readFileSync(join(ROOT, "metrics/metrics.json"), "utf8")) as MetricsText;
  const row = text.images[1]!;
  const read = async (end: string) => levelsFromRaster(await readRgb(join(ROOT, `metrics/pair1_${end}.png`)));
  const [dist, ref] = [await read("dist"), await read("ref")];
  dist.data[(ref.height >> 1) * ref.width + (ref.width >> 1)]! += 9;
  const wrong = failures(checkPair(row, dist, ref, null)).map((line) => line.replace(/^pair1\/(.*?):.*/, "$1"));
  expect(wrong).toEqual(expect.arrayContaining(["mse", "psnr_skimage_255", "psnr_basicsr_y", "ssim_basicsr"]));
  expect(wrong.length).toBeGreaterThan(15);
});

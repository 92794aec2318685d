/**
 * @file The whole way from the validation pairs to numbers, against the definitions applied to the files' own pixels.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRgb } from "../platform/node/photos/image-file.js";
import { openEvaluation } from "../platform/node/runs/evaluate-model.js";
import type { PictureScores } from "../src/evaluation/protocol.js";
import type { Rect } from "../src/images/crop.js";
import type { Raster } from "../src/images/image.js";
import { writeIdentityModel } from "./identity-model.js";
import { naivePsnr, naiveSsim } from "./oracle/similarity.js";

const VALIDATION = join(import.meta.dirname, "../../shared/data/gopro/validation");

/** Pixel by pixel. */
function part({ width, data }: Raster, { left, top, width: side }: Rect): Raster {
  const at = (i: number) =>
    ((top + Math.floor(i / 3 / side)) * width + left + (Math.floor(i / 3) % side)) * 3 + (i % 3);
  return {
    width: side,
    height: side,
    channels: 3,
    data: Uint8Array.from({ length: 3 * side * side }, (_, i) => data[at(i)]!),
  };
}

test("PSNR and SSIM of the validation pairs' crops are what the definitions give", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unblur-evaluation-"));
  const rows: PictureScores[] = [];
  try {
    await writeIdentityModel(folder);
    const crops = { sidePx: 32, perImage: 3, seed: 1 };
    await using evaluation = await openEvaluation({
      model: folder,
      data: VALIDATION,
      crops,
      metrics: ["psnr", "ssim"],
    });
    for await (const { scores } of evaluation.pictures()) rows.push(scores);
    expect(rows.length).toBe(evaluation.total);
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(rows.length).toBeGreaterThanOrEqual(15);
  for (const { name, crop, input, restored } of rows) {
    const [sequence, frame] = name.split("/") as [string, string];
    const read = async (kind: string) => part(await readRgb(join(VALIDATION, sequence, kind, `${frame}.png`)), crop!);
    const [blurry, sharp] = [await read("blur_gamma"), await read("sharp")];
    for (const scores of [input, restored]) {
      expect(scores.psnr).toBeCloseTo(naivePsnr(blurry, sharp), 10);
      expect(scores.ssim).toBeCloseTo(naiveSsim(blurry, sharp), 12);
    }
  }
});

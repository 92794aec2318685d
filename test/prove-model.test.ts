/** @file The proof of a model on frames whose figures are known: a model that changes nothing, beside others' restorations that are perfect. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadRestorer } from "../platform/node/models/load-restorer.js";
import { proveFrames, proveOn, proveOnSharp } from "../platform/node/runs/prove-model.js";
import { writeIdentityModel } from "./identity-model.js";

const [WIDTH, HEIGHT] = [64, 48];
let folder: string;

/** 10 levels off everywhere, 30 in one square. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "unblur-prove-"));
  for (const name of ["blur", "sharp", "others"]) mkdirSync(join(folder, name));
  await writeIdentityModel(join(folder, "identity"));
  for (const name of ["a", "b"]) {
    const truth = Buffer.from(Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => 60 + ((i * 37) % 101)));
    const off = truth.map((value, i) => {
      const [x, y] = [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)];
      return value + (x >= 32 && y >= 24 ? 30 : 10);
    });
    const write = (data: Uint8Array, kind: string) =>
      sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
        .png()
        .toFile(join(folder, kind, `${name}.png`));
    await Promise.all([write(truth, "sharp"), write(truth, "others"), write(off, "blur")]);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Three quarters are 10 off, a quarter 30. */
const PSNR = 10 * Math.log10(255 ** 2 / (0.75 * 100 + 0.25 * 900));

test("columns, figures and the place that is shown", async () => {
  const restorer = await loadRestorer(join(folder, "identity"));
  try {
    const { frames, calibration } = await proveFrames(restorer, folder, {
      ...{ samples: 4, cropPx: 24, seed: 0 },
      beside: [{ label: "others", folder: join(folder, "others") }],
    });
    expect(calibration).toBe(null); // it draws nothing
    expect(frames.map(({ name }) => name)).toEqual(["a", "b"]);
    for (const { columns, place } of frames) {
      expect(columns.map(({ label }) => label)).toEqual(["Input", "Prediction", "others"]);
      const [input, prediction, others] = columns.map(({ scores }) => scores.psnr!);
      expect(input).toBeCloseTo(PSNR, 9);
      expect(prediction).toBeCloseTo(PSNR, 9);
      expect(others).toBe(Number.POSITIVE_INFINITY);
      // The photo is 15 levels brighter than the truth, on average.
      expect(columns.map(({ toneShift }) => toneShift)).toEqual([0, 0, expect.closeTo(15, 9)]);
      expect(place).toBe("24x24 px from column 36, row 24"); // where it is most off
    }
    const on = await proveOn(restorer, folder, "pairs", "a command");
    expect([...on.before, ...on.after]).toEqual([1, 2, 3, 4].map(() => expect.closeTo(PSNR, 9)));
    expect((await proveOnSharp(restorer, folder, "sharp")).after).toEqual([1, 2].map(() => Number.POSITIVE_INFINITY));
  } finally {
    await restorer.release();
  }
});

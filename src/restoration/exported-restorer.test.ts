import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/runtime.js";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { exportRole } from "./export-model.js";
import { createExportedRestorer } from "./exported-restorer.js";
import { readModel } from "./model-files.js";
import { createRestorer } from "./model-restorer.js";

const FOLDER = join(import.meta.dirname, "../../models/default");
const model = await readModel((file) => readFile(join(FOLDER, file)), FOLDER);
const [predictor, denoiser] = (["predictor", "denoiser"] as const).map((role) => exportRole(model, role).file);

test("an exported predictor restores what the model's own predictor does, in windows as well", async () => {
  const [width, height] = [331, 45];
  const data = Rng.fromSeed(5)
    .uniforms(3 * width * height)
    .map((value) => 2 * value - 1);
  const photo = { width, height, channels: 3, data };
  const runtime = createRuntime({ threads: 2 });
  const own = createRestorer(model, runtime);
  const expected = (await own.restore(photo, { steps: 0 })).restored.data;
  await own.release();
  for (const maxPixels of [1_000_000, 320 * 320]) {
    const exported = createExportedRestorer(predictor!, "default-predictor.onnx", runtime, { maxPixels });
    const windows: number[] = [];
    const { restored } = await exported.restore(photo, { onProgress: ({ total }) => windows.push(total) });
    expectClose(restored.data, expected, { rtol: 1e-4, atol: 1e-4 });
    await exported.release();
  }
});

test("a denoiser and other files are refused with what to give instead", () => {
  const runtime = createRuntime();
  const open = (file: Uint8Array) => () => createExportedRestorer(file, "a.onnx", runtime);
  expect(open(denoiser!)).toThrow(
    /^a\.onnx: expected a file that gives a photo, got a denoiser: choose the -predictor/,
  );
  expect(open(new TextEncoder().encode("text"))).toThrow(/^a\.onnx: expected an ONNX file written by unblur export/);
});

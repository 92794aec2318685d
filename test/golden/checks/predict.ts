/**
 * @file The fixtures of `predict/`: what a published restorer's own program makes of one photo, in train mode as
 * published and in eval mode, against the imported checkpoint as a model.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readRgb } from "../../../platform/node/photos/image-file.js";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { importCheckpoint } from "../../../src/exchange/import-checkpoint.js";
import { readTorchCheckpoint } from "../../../src/exchange/pytorch/content.js";
import { sourceFromBytes } from "../../../src/exchange/pytorch/source.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { planesFromRaster } from "../../../src/images/pixels.js";
import { createRestorer } from "../../../src/restoration/restorer.js";
import type { GoldenCheck } from "../check.js";
import { compared, type Outcome, skipped, tensorsOf } from "./outcome.js";

interface Listed {
  readonly files: readonly string[];
  readonly golden: string;
}

/** Tolerance of the result, and number of bytes that may differ by one, as stated in the fixtures' README. */
const TOLERANCES = { relative: 5e-5, bytes: 5 };
const MODES = [
  ["train", "photo"],
  ["eval", "running"],
] as const;

const json = <T>(root: string, file: string): T => JSON.parse(readFileSync(join(root, file), "utf8")) as T;

async function outcomes(root: string): Promise<Outcome[]> {
  const { weights: golden } = json<{ weights: string }>(root, "predict/predict.json");
  const listed = json<readonly Listed[]>(root, "checkpoints/index.json").find((one) => one.golden === golden);
  if (!listed) return [skipped(golden, "no checkpoint with these weights is there")];
  const file = listed.files[0]!;
  const content = await readTorchCheckpoint(sourceFromBytes(readFileSync(join(root, file))), file);
  const stored = tensorsOf(parseSafetensors(readFileSync(join(root, "predict/predict.safetensors"))));
  const photo = planesFromRaster(await readRgb(join(root, "predict/input.png")));
  const found: Outcome[] = [];
  for (const [mode, statistics] of MODES) {
    const { config, weights } = importCheckpoint(content, file, { network: { statistics } });
    const restorer = createRestorer({ name: file, config, weights: { predictor: weights } }, createRuntime());
    const { restored } = await restorer.restore(photo);
    await restorer.release();
    const name = `${mode} mode`;
    const levels = Float32Array.from(restored.data, (value) => ((value + 1) / 2) * 255);
    found.push(compared(name, levels, stored.get(`output_${mode}_mode_before_uint8`), TOLERANCES));
    const picture = planesFromRaster(await readRgb(join(root, `predict/output_${mode}_mode.png`)));
    // Published code cuts off what is less than a byte.
    const off = Array.from(levels, (level, i) => {
      const published = Math.round(((picture.data[i]! + 1) / 2) * 255);
      return Math.abs(Math.floor(level) - published);
    });
    found.push(
      compared(`${name}: largest difference of bytes`, [Math.max(...off)], [0], { absolute: 1 }),
      compared(`${name}: bytes that differ`, [off.filter((by) => by > 0).length], [0], { absolute: TOLERANCES.bytes }),
    );
  }
  return found;
}

export const predictChecks = (): GoldenCheck[] => [
  {
    files: [
      "predict/input.png",
      "predict/output_eval_mode.png",
      "predict/output_train_mode.png",
      "predict/predict.json",
      "predict/predict.safetensors",
    ],
    check: outcomes,
  },
];

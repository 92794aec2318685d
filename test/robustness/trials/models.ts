/**
 * @file One trial: a model's folder whose description is odd, or whose weights are damaged, is loaded and restores a
 * small photo.
 */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadRestorer } from "../../../platform/node/models/load-restorer.js";
import { writeIdentityModel } from "../../identity-model.js";
import type { Trial } from "../children.js";
import { damaged } from "../mutate.js";
import { oddJson } from "../mutate-json.js";

const SMALL = mkdtempSync(join(tmpdir(), "model-"));
await writeIdentityModel(SMALL);
/** A predictor alone, and a diffusion. */
const SEEDS = [SMALL, join(import.meta.dirname, "../../../models/paper-tiny")];

export const trial: Trial = async ({ rng, folder }) => {
  const model = join(folder, "model");
  cpSync(SEEDS[rng.fork("seed").integer(SEEDS.length)]!, model, { recursive: true });
  const description = join(model, "model.json");
  if (rng.fork("part").integer(4) === 0) {
    const weights = join(
      model,
      rng.fork("seed").integer(SEEDS.length) === 0 ? "predictor.safetensors" : "diffusion.safetensors",
    );
    writeFileSync(weights, damaged(readFileSync(weights), rng.fork("damage")));
  } else writeFileSync(description, JSON.stringify(oddJson(JSON.parse(readFileSync(description, "utf8")), rng)));
  const restorer = await loadRestorer(model, { threads: 1 });
  try {
    await restorer.restore(
      { channels: 3, width: 16, height: 16, data: new Float32Array(768).fill(0.25) },
      { steps: 1 },
    );
  } finally {
    await restorer.release();
  }
};

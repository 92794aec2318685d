/**
 * @file Makes a model folder from training runs, with weights in signed bytes (0.03 dB or less from half precision):
 *
 *   npx tsx scripts/pack-model.ts --out models/default --name default --summary "..." --license CC-BY-4.0 [--motion RUN] --predictor RUN [--blend RUN --share 0.5] [--uncertainty RUN] [--diffusion RUN]
 *
 * RUN is a run's folder; of `--predictor` and `--blend` also a model's. A diffusion's run holds the uncertainty it was
 * trained with, which `--uncertainty` must name: another would scale what is drawn otherwise.
 *
 * Copies each run's config and a thinned log beside the weights, so that the folder says how it was made. Other files
 * of a folder that is there (a model's card) are kept. The folder appears as a whole or not at all.
 */
import { existsSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFileAtomically } from "../platform/node/files/atomic-file.js";
import { writeFolderAtomically } from "../platform/node/files/atomic-folder.js";
import { loadModel } from "../platform/node/models/load-model.js";
import { encodeWeights, MODEL_FILE, modelFileSchema, weightsFile } from "../src/exchange/model-files.js";
import { createNetwork } from "../src/networks/catalog.js";
import type { Weights } from "../src/nn/parameters.js";
import { PARTS, type Part } from "../src/restoration/model-config.js";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    name: { type: "string" },
    summary: { type: "string" },
    license: { type: "string" },
    motion: { type: "string" },
    predictor: { type: "string" },
    uncertainty: { type: "string" },
    diffusion: { type: "string" },
    steps: { type: "string" },
    strength: { type: "string" },
    "prediction-unasked": { type: "boolean", default: false },
    blend: { type: "string" },
    share: { type: "string", default: "0.5" },
  },
});
const { out, name, summary, license } = values;
if (!out || !name || !summary || !license) throw new Error("--out, --name, --summary and --license are needed");

/**
 * A predictor that adds its input and applies only a part of its correction, y + strength f(y): its last layers, which are linear, are
 * scaled. An error in the training data's registration makes a full correction too bold where a photo is hardly blurred.
 */
function scaled(weights: Weights, strength: number): Weights {
  const last = (label: string) => label.startsWith("tail.") || label.startsWith("blend.");
  return new Map(
    [...weights].map(([label, values]) => [label, last(label) ? values.map((value) => value * strength) : values]),
  );
}

/**
 * Weights on the line between two runs, of which one started from the other: such a blend keeps what the first knew and takes what the second
 * learnt (Wortsman et al. 2022, Robust fine-tuning of zero-shot models).
 */
function blended(weights: Weights, other: Weights, share: number): Weights {
  return new Map(
    [...weights].map(([label, values]) => {
      const others = other.get(label)!;
      return [label, values.map((value, i) => value + share * (others[i]! - value))];
    }),
  );
}

/** Every n-th line of the log and the last one: enough for a curve, small enough to keep for ever. */
function thinned(log: string, keep = 200): string {
  const lines = log.trim().split("\n");
  const every = Math.ceil(lines.length / keep);
  return `${lines.filter((_, i) => i % every === 0 || i === lines.length - 1).join("\n")}\n`;
}

/** What the folder will hold, by name. */
const files = new Map<string, Uint8Array>();
const addText = (name: string, text: string) => files.set(name, new TextEncoder().encode(text));

/** How the weights of a part were made: the run's config and its log, or those a model holds of it. */
function addRecord(from: string, part: Part, name: string = part): void {
  const read = (file: string) => {
    const [ofRun, ofModel] = [join(from, file), join(from, `${part}.${file}`)];
    return readFileSync(existsSync(ofRun) ? ofRun : ofModel, "utf8");
  };
  addText(`${name}.config.json`, read("config.json"));
  addText(`${name}.metrics.jsonl`, thinned(read("metrics.jsonl")));
}

/** `--motion` and `--uncertainty` are for the record alone: the runs that build on them hold their weights. */
const { motion: ofMotion, predictor: ofPredictor, uncertainty: ofUncertainty, diffusion: ofDiffusion } = values;
const runs = {
  motion: ofMotion,
  predictor: ofPredictor,
  uncertainty: ofUncertainty,
  diffusion: ofDiffusion,
} satisfies Record<Part, string | undefined>;
const whole = await loadModel((runs.diffusion ?? runs.predictor)!);
if (ofUncertainty && !whole.config.uncertainty)
  throw new Error("--uncertainty belongs to a diffusion that was trained with it: name that run under --diffusion");
/** A diffusion's run holds a copy of the predictor it was trained on; the one that is packed may be another, behind another motion network. */
const ahead = values.predictor ? await loadModel(values.predictor) : whole;
const predictor = ahead.weights.predictor ?? null;
const mixed =
  predictor && values.blend
    ? blended(predictor, (await loadModel(values.blend)).weights.predictor!, Number(values.share))
    : predictor;
const sampling = whole.config.sampling && {
  ...whole.config.sampling,
  ...(values.steps ? { steps: Number(values.steps) } : {}),
  ...(values["prediction-unasked"] ? { byDefault: false } : {}),
};
// A model may hold a diffusion as well; the one that is packed is the other's.
const { motion, predictor: predicts } = ahead.config;
const model = { ...whole.config, motion, predictor: predicts, sampling };
const weightsOf = { ...whole.weights, motion: ahead.weights.motion, predictor: ahead.weights.predictor };
for (const part of PARTS) {
  const config = model[part];
  if (!config) continue;
  const { parameters } = createNetwork(config.network);
  const own = part === "predictor" && mixed ? mixed : weightsOf[part]!;
  const weights = part === "predictor" && values.strength ? scaled(own, Number(values.strength)) : own;
  files.set(weightsFile(part), encodeWeights(parameters, weights, "I8", { format: "pt" }));
  const run = runs[part];
  if (run) addRecord(run, part);
  if (part === "predictor" && values.blend) addRecord(values.blend, "predictor", "predictor-blend");
}
const about = modelFileSchema.parse({ format: "unblur model 1", name, summary, license, model });
addText(MODEL_FILE, `${JSON.stringify(about, null, 2)}\n`);
await writeFolderAtomically(out, {
  replace: true,
  async fill(folder) {
    if (existsSync(out)) await cp(out, folder, { recursive: true });
    for (const [file, bytes] of files) await writeFileAtomically(join(folder, file), bytes);
  },
});
console.log(`wrote ${out}`);

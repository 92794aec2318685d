/**
 * @file Makes a model folder from training runs, with 8-bit weights. The config of each run and a subsampled log beside
 * the weights document how it was made.
 */
import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import { encodeWeights, MODEL_FILE, modelFileSchema, weightsFile } from "../../../src/exchange/model-files.js";
import { createNetwork } from "../../../src/networks/catalog.js";
import type { Weights } from "../../../src/nn/parameters.js";
import { PARTS, type Part } from "../../../src/restoration/model-config.js";
import { requireRestores } from "../../../src/restoration/restorer.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { writeFolderAtomically } from "../files/atomic-folder.js";
import { readRegularText } from "../files/read-regular.js";
import { loadModel } from "./load-model.js";
import { modelFolder } from "./model-folders.js";

export interface PackOptions {
  /** Model folder. It is replaced atomically; other files in it, such as the model card, are kept. */
  readonly out: string;
  readonly name: string;
  readonly summary: string;
  readonly license: string;
  /**
   * Run folders; for the predictor also a model's folder or name. Runs that build on motion and uncertainty hold their
   * weights, so those two add only a config and a log.
   */
  readonly runs: { readonly [P in Part]?: string | undefined };
  /** A second predictor, and the weight of its parameters in the blend with the first. */
  readonly blend?: { readonly run: string; readonly share: number } | undefined;
  /** Diffusion steps of the packed model; default: those of the run. */
  readonly steps?: number | undefined;
  /** Share of the predictor's correction that is applied, above 0. */
  readonly strength?: number | undefined;
  /** Predict by default, unless diffusion steps are requested. */
  readonly predictionUnasked?: boolean;
  /** Let the motion network yield to the deconvolution; default: the run's setting. */
  readonly yields?: boolean;
  /** Let the predictor keep the motion network's picture; default: the run's setting. */
  readonly keepsMotion?: boolean;
}

/**
 * Scales the correction of a predictor that adds its input, y + strength f(y): its last layers are linear. Errors in
 * the registration of training pairs make a full correction too bold where a photo is hardly blurred.
 */
function scaled(weights: Weights, strength: number): Weights {
  const last = (label: string) => label.startsWith("tail.") || label.startsWith("blend.");
  return new Map(
    [...weights].map(([label, values]) => [label, last(label) ? values.map((value) => value * strength) : values]),
  );
}

/**
 * Interpolates the weights of two runs, one of which started from the other: the blend keeps what the first learnt and
 * adds the second (Wortsman et al. 2022, Robust fine-tuning of zero-shot models).
 */
function blended(weights: Weights, other: Weights, share: number): Weights {
  return new Map(
    [...weights].map(([label, values]) => {
      const others = other.get(label);
      if (others?.length !== values.length)
        throw argumentError(
          "pack: blend",
          `expected a predictor with "${label}" of ${values.length} values`,
          others?.length,
        );
      return [label, values.map((value, i) => value + share * (others[i]! - value))];
    }),
  );
}

/** Lines of a subsampled log: enough for a curve, few enough to publish. */
const LOG_LINES = 200;

function subsampled(log: string): string {
  const lines = log.trim().split("\n");
  const every = Math.ceil(lines.length / LOG_LINES);
  return `${lines.filter((_, i) => i % every === 0 || i === lines.length - 1).join("\n")}\n`;
}

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Config and log of a part: those of a run, or those that a model folder holds. */
async function recordOf(from: string, part: Part, name: string = part): Promise<[string, Uint8Array][]> {
  const read = async (file: string) => {
    const [ofRun, ofModel] = [join(from, file), join(modelFolder(from) ?? from, `${part}.${file}`)];
    try {
      return await readRegularText(existsSync(ofRun) ? ofRun : ofModel);
    } catch (cause) {
      throw new UnblurError(
        "file",
        `${from}: expected ${file} of a run or ${part}.${file} of a model (${String(cause)}); name the run that trained the ${part}`,
        { cause },
      );
    }
  };
  return [
    [`${name}.config.json`, textBytes(await read("config.json"))],
    [`${name}.metrics.jsonl`, textBytes(subsampled(await read("metrics.jsonl")))],
  ];
}

/** Writes the folder as a whole or not at all. Throws `argument` for runs that do not belong together. */
export async function packModel({ out, name, summary, license, runs, ...options }: PackOptions): Promise<void> {
  const { blend, steps, strength, predictionUnasked = false, yields = false, keepsMotion = false } = options;
  const main = runs.diffusion ?? runs.predictor;
  if (main === undefined)
    throw new UnblurError("argument", "pack: expected --predictor RUN or --diffusion RUN, got none");
  const whole = await loadModel(main);
  requireRestores(main, whole.config);
  if (runs.uncertainty && !whole.config.uncertainty)
    throw new UnblurError(
      "argument",
      "--uncertainty belongs to a diffusion that was trained with it: name that run under --diffusion",
    );
  // A diffusion's run holds a copy of the predictor it was trained on; another one may be packed, with its own motion.
  const ahead = runs.predictor === undefined ? whole : await loadModel(runs.predictor);
  const predictorOf = async (): Promise<Weights> => {
    const own = ahead.weights.predictor!;
    const other = blend && (await loadModel(blend.run)).weights.predictor;
    if (blend && !other) throw new UnblurError("argument", `--blend: "${blend.run}" holds no predictor`);
    const mixed = blend && other ? blended(own, other, blend.share) : own;
    return strength === undefined ? mixed : scaled(mixed, strength);
  };
  const sampling = whole.config.sampling && {
    ...whole.config.sampling,
    ...(steps === undefined ? {} : { steps }),
    ...(predictionUnasked ? { byDefault: false } : {}),
  };
  if (yields && !ahead.config.motion)
    throw new UnblurError("argument", "pack: --yields is about a motion network, and the predictor's run has none");
  const motion = yields ? { ...ahead.config.motion!, yields } : ahead.config.motion;
  const own = ahead.config.predictor;
  if (!own && (keepsMotion || strength !== undefined))
    throw new UnblurError("argument", "pack: --keeps-motion and --strength need a predictor, and the run has none");
  const predictor = own && keepsMotion ? { ...own, keepsMotion } : own;
  const model = { ...whole.config, motion, predictor, sampling };
  const weights = { ...whole.weights, motion: ahead.weights.motion };
  const files = new Map<string, Uint8Array>();
  for (const part of PARTS) {
    const config = model[part];
    if (!config) continue;
    const { parameters } = createNetwork(config.network);
    const values = part === "predictor" ? await predictorOf() : weights[part]!;
    files.set(weightsFile(part), encodeWeights(parameters, values, "I8", { format: "pt" }));
    const run = runs[part];
    for (const [file, bytes] of run ? await recordOf(run, part) : []) files.set(file, bytes);
    if (part === "predictor" && blend)
      for (const [file, bytes] of await recordOf(blend.run, part, "predictor-blend")) files.set(file, bytes);
  }
  const described = modelFileSchema.safeParse({ format: "unblur model 1", name, summary, license, model });
  if (!described.success)
    throw new UnblurError("argument", `pack: ${described.error.issues.map(({ message }) => message).join("; ")}`);
  files.set(MODEL_FILE, textBytes(`${JSON.stringify(described.data, null, 2)}\n`));
  await writeFolderAtomically(out, {
    replace: true,
    async fill(folder) {
      if (existsSync(out)) await cp(out, folder, { recursive: true });
      for (const [file, bytes] of files) await writeFileAtomically(join(folder, file), bytes);
    },
  });
}

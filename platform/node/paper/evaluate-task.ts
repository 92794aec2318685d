/** @file Restores and measures a test set; writes a file for each finished picture. */
import { join } from "node:path";
import type { Perception } from "../../../src/evaluation/perception.js";
import { evaluate, type PictureScores } from "../../../src/evaluation/protocol.js";
import type { Planes } from "../../../src/images/image.js";
import type { EvaluationTask } from "../../../src/paper/plan.js";
import type { EvaluationResult, KeptPicture } from "../../../src/paper/results.js";
import { openPerception } from "../../../src/perception/perception.js";
import { createRestorer, type Restorer } from "../../../src/restoration/restorer.js";
import { evenlySpaced, type ImagePair, openPairs } from "../data/pairs.js";
import { loadFeatures } from "../models/feature-networks.js";
import { readRgb } from "../photos/image-file.js";
import { embedPicture } from "../photos/report.js";
import { saveEvaluated } from "../runs/save-evaluated.js";
import type { TaskContext } from "./task.js";

/** One picture with all its crops. */
interface PicturePart {
  readonly scores: readonly PictureScores[];
  readonly elapsedMs: number;
  /** Evaluations of the diffusion network for all restorations together. */
  readonly evaluations: number;
  /** Paths in the result's folder: input, samples, mean (of several), truth. */
  readonly kept: readonly string[];
}

const CROP_SEED = 1;

export async function evaluateTask(context: TaskContext<EvaluationTask>): Promise<EvaluationResult> {
  const { task, model, runtime, testFolder, results, onProgress } = context;
  const { count, pairs } = await openPairs(testFolder, { onBadFile: "refuse" });
  const chosen = evenlySpaced(count, task.test.pictures);
  const restorer = createRestorer(model, runtime);
  await using perception = openPerception(runtime, loadFeatures);
  const parts: PicturePart[] = [];
  try {
    let index = -1;
    for await (const pair of pairs()) {
      index += 1;
      const place = chosen.indexOf(index);
      if (place < 0) continue;
      onProgress(parts.length, chosen.length);
      parts.push(
        await results.part(String(index).padStart(5, "0"), () => {
          return measurePicture(pair, context, place < task.keep, { restorer, perception });
        }),
      );
    }
  } finally {
    await restorer.release();
  }
  onProgress(parts.length, chosen.length);
  return {
    kind: "evaluation",
    scores: parts.flatMap(({ scores }) => scores),
    elapsedMs: total(parts.map(({ elapsedMs }) => elapsedMs)),
    evaluations:
      total(parts.map(({ evaluations }) => evaluations)) /
      (task.samples * total(parts.map(({ scores }) => scores.length))),
    kept: await Promise.all(parts.filter(({ kept }) => kept.length > 0).map((part) => keptPicture(part, results.path))),
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

async function measurePicture(
  pair: ImagePair,
  { task: { test, samples, seed, metrics }, results, signal }: TaskContext<EvaluationTask>,
  keep: boolean,
  { restorer, perception }: { readonly restorer: Restorer; readonly perception: Perception },
): Promise<PicturePart> {
  const startedAt = performance.now();
  let evaluations = 0;
  const restore = async (blurry: Planes, seed: number) => {
    const settings = { samples, seed, steps: restorer.diffusionSteps, signal };
    const restoration = await restorer.restore(blurry, settings);
    evaluations += restoration.evaluations;
    return restoration.samples;
  };
  const crops = test.cropPx === null ? null : { sidePx: test.cropPx, perImage: test.perPicture, seed: CROP_SEED };
  const options = { metrics, perception, seed, crops: crops ?? undefined, signal };
  const scores: PictureScores[] = [];
  let kept: string[] = [];
  for await (const picture of evaluate([pair], restore, options)) {
    if (keep && kept.length === 0) kept = await saveEvaluated(join(results.path, "pictures"), picture);
    scores.push(picture.scores);
  }
  return {
    scores,
    elapsedMs: performance.now() - startedAt,
    evaluations,
    kept: kept.map((path) => path.slice(results.path.length + 1)),
  };
}

/** JPEG quality: pages hold many whole frames, which are compressed more than crops that are viewed pixel by pixel. */
const qualityOf = (width: number): number => (width > 300 ? 78 : 92);

async function keptPicture({ scores, kept }: PicturePart, folder: string): Promise<KeptPicture> {
  const [first] = scores;
  const embed = async (path: string, what: string) => {
    const raster = await readRgb(join(folder, path));
    return embedPicture(raster, `${what} of ${first!.name}`, qualityOf(raster.width));
  };
  const has = (ending: string) => (path: string) => path.endsWith(`.${ending}.png`);
  const samples = kept.filter((path) => /\.restored(\.\d+)?\.png$/.test(path));
  const mean = kept.find(has("mean"));
  return {
    name: first!.name,
    scores: first!,
    input: await embed(kept.find(has("input"))!, "blurry input"),
    samples: await Promise.all(samples.map((path) => embed(path, "restoration"))),
    mean: mean ? await embed(mean, "mean of several restorations") : null,
    truth: await embed(kept.find(has("truth"))!, "sharp truth"),
  };
}

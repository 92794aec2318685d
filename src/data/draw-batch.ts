/** @file Draws a batch by its number: items, places, patches. */
import { UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import type { PairBatch } from "./batch.js";
import type { DataConfig, SourceConfig } from "./config.js";
import { drawDeconvolved, imagesSeen, type SceneMotion, type SceneReader } from "./draw-deconvolved.js";
import { drawPatch, type PatchOptions, type PatchPair, type PatchReader } from "./draw-patch.js";
import type { DataItem } from "./item.js";

export interface Source {
  readonly config: SourceConfig;
  readonly items: readonly DataItem[];
}

export interface BatchPlan {
  readonly sources: readonly Source[];
  readonly data: DataConfig;
  readonly batchSize: number;
}

/** Called for each occurrence of a file that is skipped. */
export type OnBadFile = (reason: string) => void;

/** Random source of the data in a run of this seed. */
export const dataRng = (seed: number): Rng => Rng.fromSeed(seed).fork("data");

const keys = new WeakMap<BatchPlan, string>();
/** Key of all inputs of the scenes except their seed. */
function keyOf(plan: BatchPlan): string {
  let key = keys.get(plan);
  if (key === undefined) {
    const { candidates, jpeg, deconvolved } = plan.data;
    key = JSON.stringify([plan.sources, candidates, jpeg, deconvolved?.sidePx]);
    keys.set(plan, key);
  }
  return key;
}

/** Number of replacements drawn for items that cannot be read before the run gives up. */
const ATTEMPTS = 20;

function pickItem(sources: readonly Source[], rng: Rng): readonly [Source, DataItem] {
  const total = sources.reduce((sum, { config }) => sum + config.weight, 0);
  const threshold = rng.fork("source").uniform() * total;
  let sum = 0;
  const source =
    sources.find(({ config }) => {
      sum += config.weight;
      return threshold < sum;
    }) ?? sources.at(-1)!;
  return [source, source.items[rng.fork("item").integer(source.items.length)]!];
}

/** Draws a patch from a random item, and from another one if that cannot be used. */
async function drawAny(
  reader: PatchReader,
  { sources, data }: BatchPlan,
  options: PatchOptions,
  rng: Rng,
  onBadFile: OnBadFile,
): Promise<PatchPair> {
  let reason: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const own = rng.fork(attempt);
    const [source, item] = pickItem(sources, own);
    try {
      return await drawPatch(reader, item, source.config, options, own);
    } catch (error) {
      if (!(error instanceof UnblurError) || error.code === "cache" || data.onBadFile === "refuse") throw error;
      onBadFile(error.message);
      reason = error;
    }
  }
  throw new UnblurError("data", `${ATTEMPTS} files in a row could not be used; the last: ${String(reason)}`);
}

/**
 * Batch `step` of a run. `rng` is the run's, so the same seed and step give the same batch. Deconvolved data come from
 * scenes that depend on seed and number only, and pass through the network `motion` if there is one.
 */
export async function drawBatch(
  reader: SceneReader,
  plan: BatchPlan,
  step: number,
  rng: Rng,
  onBadFile: OnBadFile,
  motion?: SceneMotion,
): Promise<PairBatch> {
  const { batchSize, data } = plan;
  const { patchPx, deconvolved } = data;
  const length = 3 * patchPx * patchPx;
  const seen = deconvolved ? imagesSeen(motion) * length : length;
  const y = new Float32Array(batchSize * seen);
  const x0 = new Float32Array(batchSize * length);
  const scenes = deconvolved && deconvolved.seed !== null ? dataRng(deconvolved.seed) : rng;
  const drawScene = (sceneRng: Rng, options: PatchOptions) => drawAny(reader, plan, options, sceneRng, onBadFile);
  for (let i = 0; i < batchSize; i++) {
    const own = rng.fork("batch", step, i);
    const pair = deconvolved
      ? await drawDeconvolved(reader, { data, deconvolved, key: keyOf(plan), scenes, motion, draw: drawScene }, own)
      : await drawScene(own, data);
    y.set(pair.y.data, i * seen);
    x0.set(pair.x0.data, i * length);
  }
  return { y, x0, size: batchSize, patchPx };
}

/** @file Draws a batch by its number: items, places, patches. */
import { UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import { squareKernel } from "../deconvolution/known-blur.js";
import type { PairBatch } from "./batch.js";
import { type DataConfig, kernelSidePx, type SourceConfig } from "./config.js";
import { drawPatch, type PatchOptions, type PatchPair, type PatchReader } from "./draw-patch.js";
import type { DataItem } from "./item.js";
import { drawFromScenes, type PreparedScenes } from "./scenes.js";

export interface Source {
  readonly config: SourceConfig;
  readonly items: readonly DataItem[];
}

export interface BatchPlan {
  readonly sources: readonly Source[];
  readonly data: DataConfig;
  readonly batchSize: number;
  /** Scenes of deconvolved data, as `unblur prepare` wrote them. */
  readonly prepared?: PreparedScenes | undefined;
}

/** Called for each occurrence of a file that is skipped. */
export type OnBadFile = (reason: string) => void;

/** Random source of the data in a run of this seed. */
export const dataRng = (seed: number): Rng => Rng.fromSeed(seed).fork("data");

/** Random source from which the scenes of a run fork theirs; runs that name a seed of their own share scenes. */
export const sceneRng = (data: DataConfig, seed: number): Rng => dataRng(data.deconvolved?.seed ?? seed);

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
  let reason = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const own = rng.fork(attempt);
    const [source, item] = pickItem(sources, own);
    try {
      return await drawPatch(reader, item, source.config, options, own);
    } catch (error) {
      if (!(error instanceof UnblurError) || error.code === "cache" || data.onBadFile === "refuse") throw error;
      onBadFile(error.message);
      reason = error.message;
    }
  }
  throw new UnblurError("data", `${ATTEMPTS} files in a row could not be used; the last: ${reason}`);
}

/**
 * The blurry picture and its sharp partner of scene `number`, of the side that the config states. `scenes`: `sceneRng`.
 */
export function drawScene(
  reader: PatchReader,
  plan: BatchPlan,
  number: number,
  scenes: Rng,
  onBadFile: OnBadFile,
): Promise<PatchPair> {
  const { candidates, jpeg, grey, deconvolved } = plan.data;
  const options = { patchPx: deconvolved!.sidePx, augment: false, candidates, jpeg, grey };
  return drawAny(reader, plan, options, scenes.fork("scene", number), onBadFile);
}

/**
 * Batch `step` of a run. `rng` is the run's, so the same seed and step give the same batch. Deconvolved data are read
 * from the prepared scenes.
 */
export async function drawBatch(
  reader: PatchReader,
  plan: BatchPlan,
  step: number,
  rng: Rng,
  onBadFile: OnBadFile,
): Promise<PairBatch> {
  const { batchSize, data, prepared } = plan;
  const { patchPx, deconvolved } = data;
  const side = data.kernels ? kernelSidePx(data) : 0;
  const kernels = new Float32Array(batchSize * side * side);
  if (deconvolved && !prepared)
    throw new UnblurError("data", "drawBatch: expected prepared scenes for deconvolved data; run unblur prepare first");
  const length = 3 * patchPx * patchPx;
  const inputLength = length * (deconvolved ? prepared!.inputs.length : 1);
  const y = new Float32Array(batchSize * inputLength);
  const x0 = new Float32Array(batchSize * length);
  for (let i = 0; i < batchSize; i++) {
    const own = rng.fork("batch", step, i);
    const pair = deconvolved
      ? await drawFromScenes(reader, { ...data, deconvolved }, prepared!, own)
      : await drawAny(reader, plan, data, own, onBadFile);
    y.set(pair.y.data, i * inputLength);
    x0.set(pair.x0.data, i * length);
    if (data.kernels) kernels.set(squareKernel(pair.kernel!, side), i * side * side);
  }
  return { y, x0, size: batchSize, patchPx, ...(data.kernels ? { kernels } : {}) };
}

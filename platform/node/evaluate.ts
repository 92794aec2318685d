/**
 * Measures restorations against sharp photos, as `unblur evaluate` does.
 *
 * @packageDocumentation
 */
import { meanGain, meanOf } from "../../src/evaluation/measures.js";
import { DEFAULT_METRICS, type MetricName } from "../../src/evaluation/metrics/catalog.js";
import { levelsFromRaster } from "../../src/evaluation/metrics/levels.js";
import { isPerceptual } from "../../src/evaluation/perception.js";
import { evaluate as evaluatePairs, type Pair, type PictureScores } from "../../src/evaluation/protocol.js";
import { type Scores, scoresOf } from "../../src/evaluation/scores.js";
import type { Statistic } from "../../src/evaluation/summary.js";
import { planesFromRaster, rasterFromPlanes } from "../../src/images/pixels.js";
import { givenOptions, type Settings } from "../../src/library/settings.js";
import { openPerception } from "../../src/perception/perception.js";
import { openPairs } from "./data/pairs.js";
import type { Model } from "./library/open.js";
import { readSource, type Source } from "./library/source.js";
import { loadFeatures } from "./models/feature-networks.js";
import { createRuntime } from "./threads/runtime.js";

export { type ErrorCode, UnblurError } from "../../src/base/errors.js";
export type { MetricName } from "../../src/evaluation/metrics/catalog.js";
export type { PictureScores } from "../../src/evaluation/protocol.js";
export type { Scores } from "../../src/evaluation/scores.js";
export type { Statistic } from "../../src/evaluation/summary.js";
export type { Rect } from "../../src/images/crop.js";
export type * from "../../src/library/entry-types.js";
export type { Model } from "./library/open.js";
export type { NodePlatform } from "./library/saving.js";
export type { Source } from "./library/source.js";

/** A blurry photo and the sharp one: of one size, or the sharp one larger by the model's `scale`. */
export interface GivenPair {
  /** Name in the scores; the picture's seed is derived from it. */
  readonly name: string;
  /** The photo that is restored. */
  readonly blurry: Source;
  /** The truth. */
  readonly sharp: Source;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Metrics to compute; the default is that of `unblur evaluate`. */
  readonly metrics?: readonly MetricName[] | undefined;
  /** Settings of the restorations. `keepTone` is off by default: the model's own results are measured. */
  readonly settings?: Omit<Settings, "seed"> | undefined;
  /** Seed of the evaluation (0); each picture gets its own seed derived from it. */
  readonly seed?: number | undefined;
  /** Stops the evaluation; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each picture. */
  readonly onPicture?: ((scores: PictureScores) => void) | undefined;
}

/** Scores of a model on pairs. */
export interface Evaluation {
  /** One entry for each pair. */
  readonly pictures: readonly PictureScores[];
  /** Mean and standard error of each metric over the pictures. */
  readonly means: Readonly<Partial<Record<MetricName, Statistic>>>;
  /** Mean gain over the blurry photos; above 0 is better, whatever the metric. */
  readonly gains: Readonly<Partial<Record<MetricName, Statistic>>>;
}

/**
 * Restores pairs with an open model and measures them, one after the other. `pairs`: a folder in a known layout, or the
 * pairs themselves. Throws `data` for a folder without pairs.
 */
export async function evaluate(
  model: Model,
  pairs: string | Iterable<GivenPair> | AsyncIterable<GivenPair>,
  options?: EvaluateOptions,
): Promise<Evaluation> {
  const { metrics = DEFAULT_METRICS, settings = {}, seed, signal, onPicture } = givenOptions("evaluate", options);
  signal?.throwIfAborted();
  await using perception = openPerception(createRuntime(), loadFeatures);
  const pictures: PictureScores[] = [];
  try {
    const read =
      typeof pairs === "string" ? (await openPairs(pairs, { scale: model.scale })).pairs() : readPairs(pairs);
    const asked = { keepTone: false, ...settings, restoreSharp: true, samples: settings.samples ?? 1 };
    const evaluated = evaluatePairs(
      read,
      async (blurry, own) => {
        const { samples } = await model.restore(rasterFromPlanes(blurry), { ...asked, seed: own, signal });
        return samples.map(({ raster }) => planesFromRaster(raster));
      },
      { metrics, perception, seed, signal },
    );
    for await (const { scores } of evaluated) {
      pictures.push(scores);
      await onPicture?.(scores);
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
  const each = (statistic: (metric: MetricName) => Statistic) =>
    Object.fromEntries(metrics.map((metric) => [metric, statistic(metric)]));
  return {
    pictures,
    means: each((metric) => meanOf(pictures, metric)),
    gains: each((metric) => meanGain(pictures, metric)),
  };
}

async function* readPairs(pairs: Iterable<GivenPair> | AsyncIterable<GivenPair>): AsyncGenerator<Pair, void, void> {
  for await (const { name, blurry, sharp } of pairs)
    yield { name, blurry: await rgbOf(blurry), sharp: await rgbOf(sharp) };
}

/** The picture as 8 bit RGB, as pairs are measured. */
const rgbOf = async (source: Source) => rasterFromPlanes(planesFromRaster((await readSource(source)).photo.raster));

/**
 * Measures one picture against the truth. A metric that does not fit the pictures' size is null. A learned metric
 * (LPIPS, DISTS) needs weights that were imported, else it throws `file` with how to get them.
 */
export async function measure(
  restored: Source,
  truth: Source,
  metrics: readonly MetricName[] = DEFAULT_METRICS,
): Promise<Scores> {
  const [a, b] = [levelsFromRaster(await rgbOf(restored)), levelsFromRaster(await rgbOf(truth))];
  if (!metrics.some(isPerceptual)) return scoresOf(a, b, metrics);
  await using perception = openPerception(createRuntime(), loadFeatures);
  return scoresOf(a, b, metrics, perception);
}

const one = async (metric: MetricName, restored: Source, truth: Source): Promise<number | null> =>
  (await measure(restored, truth, [metric]))[metric] ?? null;

/** Peak signal-to-noise ratio over RGB in dB. */
export const psnr = (restored: Source, truth: Source): Promise<number | null> => one("psnr", restored, truth);

/** SSIM as in skimage; null for a picture of less than 11 pixels a side. */
export const ssim = (restored: Source, truth: Source): Promise<number | null> => one("ssim", restored, truth);

/** PSNR and SSIM after the best shift to an eighth of a pixel, for a restoration that is not aligned with its truth. */
export async function registered(
  restored: Source,
  truth: Source,
): Promise<{ readonly psnr: number | null; readonly ssim: number | null }> {
  const scores = await measure(restored, truth, ["psnr-registered", "ssim-registered"]);
  return { psnr: scores["psnr-registered"] ?? null, ssim: scores["ssim-registered"] ?? null };
}

/** LPIPS 0.1 by AlexNet, whose weights have to be imported: else it throws `file` with how to get them. */
export const lpips = (restored: Source, truth: Source): Promise<number | null> => one("lpips-alex", restored, truth);

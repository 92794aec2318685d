/**
 * @file Measures a restoring function on pairs, whole or in crops. The unchanged input is scored as well. The mean of
 * several samples is measured as a picture of its own: it is closer to the truth than any sample, and less sharp.
 */
import { throwIfCancelled, UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import { cropRaster, type Rect } from "../images/crop.js";
import { enlargedRaster } from "../images/enlarge.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import { type CropOptions, cropPlaces } from "./crop-places.js";
import { DEFAULT_METRICS, type MetricName } from "./metrics/catalog.js";
import { levelsFromRaster } from "./metrics/levels.js";
import type { Perception } from "./perception.js";
import { meanScores, type Scores, scoresOf } from "./scores.js";
import { featuresOf, type PictureFeatures } from "./set-scores.js";

export interface Pair {
  readonly name: string;
  /** RGB; the sharp one of the same size, or 2, 3, 4 or 8 times as wide and high. */
  readonly blurry: Raster;
  readonly sharp: Raster;
}

/**
 * blurry: [3, H, W], signed -> one or more restorations of the sharp picture's size. The same seed must give the same
 * ones.
 */
export type Restore = (blurry: Planes, seed: number) => Promise<readonly Planes[]>;

export interface EvaluateOptions {
  readonly metrics?: readonly MetricName[] | undefined;
  /** Networks for perceptual metrics. */
  readonly perception?: Perception | undefined;
  /** Compute the features for FID and KID, with `perception`. */
  readonly features?: boolean | undefined;
  /** Crops to measure, in pixels of the blurry picture; by default whole pictures. */
  readonly crops?: CropOptions | undefined;
  /** Seed of the restorations; each picture gets its own seed derived from it. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for a picture that is skipped because it is smaller than a crop. Without it, such a picture is an error. */
  readonly onProblem?: ((problem: string) => void) | undefined;
}

/** Scores of one picture or crop. */
export interface PictureScores {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Position in the picture; null for a whole picture. */
  readonly crop: Rect | null;
  /** The seed that `restore` was given, which reproduces this restoration. */
  readonly seed: number;
  /** Scores of the unchanged blurry picture, enlarged by bicubic interpolation if the sharp one is larger. */
  readonly input: Scores;
  /** Mean of the samples' scores. */
  readonly restored: Scores;
  readonly samples: readonly Scores[];
  /** Scores of the samples' mean picture; null for one sample. */
  readonly meanOfSamples: Scores | null;
}

export interface EvaluatedPicture {
  readonly scores: PictureScores;
  readonly input: Raster;
  readonly truth: Raster;
  /** The measured 8-bit pictures. */
  readonly samples: readonly Raster[];
  readonly mean: Raster | null;
  /** Null unless asked for. */
  readonly features: PictureFeatures | null;
}

/**
 * Restores and measures one picture after the other. Throws what `restore` throws, `numeric` for NaN in a restoration,
 * and `cancelled`.
 */
export async function* evaluate(
  pairs: AsyncIterable<Pair> | Iterable<Pair>,
  restore: Restore,
  options: EvaluateOptions = {},
): AsyncGenerator<EvaluatedPicture, void, undefined> {
  const { crops, seed = 0, signal, onProblem } = options;
  for await (const { name, blurry, sharp } of pairs) {
    const scale = sharp.width / blurry.width;
    for (const [index, crop] of placesOf(name, blurry, crops, onProblem).entries()) {
      throwIfCancelled(signal);
      const given = crop ? cropRaster(blurry, crop) : blurry;
      const input = enlargedRaster(given, scale);
      const truth = crop ? cropRaster(sharp, scaledRect(crop, scale)) : sharp;
      const ownSeed = Rng.fromSeed(seed)
        .fork("restoration", name)
        .integer(2 ** 32, index);
      const restored = await restore(planesFromRaster(given), ownSeed);
      yield await measured({ name, crop, seed: ownSeed, input, truth, restored }, options);
    }
  }
}

const scaledRect = ({ left, top, width, height }: Rect, scale: number): Rect => ({
  ...{ left: scale * left, top: scale * top, width: scale * width, height: scale * height },
});

function placesOf(
  name: string,
  picture: Raster,
  crops: CropOptions | undefined,
  onProblem: EvaluateOptions["onProblem"],
): (Rect | null)[] {
  if (!crops) return [null];
  try {
    return cropPlaces(name, picture, crops);
  } catch (error) {
    if (!onProblem || !(error instanceof UnblurError) || error.code !== "data") throw error;
    onProblem(error.message);
    return [];
  }
}

interface Restored {
  readonly name: string;
  readonly crop: Rect | null;
  readonly seed: number;
  readonly input: Raster;
  readonly truth: Raster;
  readonly restored: readonly Planes[];
}

async function measured(picture: Restored, options: EvaluateOptions): Promise<EvaluatedPicture> {
  const { metrics = DEFAULT_METRICS, perception, features = false } = options;
  const { name, crop, seed, input, truth, restored } = picture;
  if (restored.length === 0) throw new UnblurError("argument", `${name}: expected a restoration, got none`);
  for (const { data } of restored) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new UnblurError("numeric", `${name}: the restoration holds ${data[at]} at index ${at}`);
  }
  const truthLevels = levelsFromRaster(truth);
  const scores = (raster: Raster): Promise<Scores> =>
    scoresOf(levelsFromRaster(raster), truthLevels, metrics, perception);
  const samples = restored.map((planes) => rasterFromPlanes(planes));
  const mean = restored.length > 1 ? rasterFromPlanes(meanOf(restored)) : null;
  const sampleScores: Scores[] = [];
  for (const sample of samples) sampleScores.push(await scores(sample));
  return {
    scores: {
      ...{ name, width: truth.width, height: truth.height, crop, seed },
      input: await scores(input),
      restored: meanScores(sampleScores),
      samples: sampleScores,
      meanOfSamples: mean && (await scores(mean)),
    },
    ...{ input, truth, samples, mean },
    features: features
      ? await featuresOf(requirePerception(perception), { input, truth, restored: samples[0]! })
      : null,
  };
}

function requirePerception(perception: Perception | undefined): Perception {
  if (perception) return perception;
  throw new UnblurError("argument", "evaluate: features need the networks of a Perception; open one and give it");
}

/** Mean of the pictures, before rounding. */
function meanOf(pictures: readonly Planes[]): Planes {
  const [first] = pictures;
  const data = first!.data.map(
    (_, i) => pictures.reduce((sum, picture) => sum + picture.data[i]!, 0) / pictures.length,
  );
  return { ...first!, data };
}

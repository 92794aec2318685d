/** @file FID and KID of an evaluation: all restorations, and all inputs, against all truths. */
import { Rng } from "../base/random.js";
import type { Raster } from "../images/image.js";
import { type FeatureSet, featureSet, frechetDistance, kernelDistance } from "./metrics/feature-distances.js";
import { levelsFromRaster } from "./metrics/levels.js";
import type { Perception, SetMetric } from "./perception.js";

/** Inception's features of one picture or crop; of several samples, of the first. */
export interface PictureFeatures {
  readonly input: Float32Array;
  readonly truth: Float32Array;
  readonly restored: Float32Array;
}

export async function featuresOf(
  perception: Perception,
  pictures: Readonly<Record<keyof PictureFeatures, Raster>>,
): Promise<PictureFeatures> {
  const of = (raster: Raster) => perception.features(levelsFromRaster(raster));
  return { input: await of(pictures.input), truth: await of(pictures.truth), restored: await of(pictures.restored) };
}

/** Null where there are fewer than two pictures. */
export interface SetScore {
  readonly input: number | null;
  readonly restored: number | null;
  /** Pictures, or crops. */
  readonly pictures: number;
}

export type SetScores = Readonly<Partial<Record<SetMetric, SetScore>>>;

const DISTANCES: Readonly<Record<SetMetric, (a: FeatureSet, b: FeatureSet) => number>> = {
  fid: frechetDistance,
  kid: (a, b) => kernelDistance(a, b, Rng.fromSeed(0).fork("kid")),
};

export function setScores(all: readonly PictureFeatures[], metrics: readonly SetMetric[]): SetScores {
  const set = (which: keyof PictureFeatures) => featureSet(all.map((features) => features[which]));
  const truth = set("truth");
  const against = (name: SetMetric, which: "input" | "restored") =>
    all.length < 2 ? null : DISTANCES[name](set(which), truth);
  return Object.fromEntries(
    metrics.map((name) => [
      name,
      { input: against(name, "input"), restored: against(name, "restored"), pictures: all.length },
    ]),
  );
}

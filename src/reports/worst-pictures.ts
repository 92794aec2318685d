/** @file Crops of the pictures that a model improves least, collected while an evaluation runs. */
import { Calibration } from "../evaluation/calibration.js";
import type { MetricName } from "../evaluation/metrics/catalog.js";
import type { EvaluatedPicture, PictureScores } from "../evaluation/protocol.js";
import { gainOf, type Scores } from "../evaluation/scores.js";
import { cropRaster, type Rect } from "../images/crop.js";
import type { Raster } from "../images/image.js";
import { summariseSamples, uncertaintyPicture } from "../restoration/sample-summary.js";
import { differingCrops } from "./differing-crop.js";

/** One version of a picture, cropped. `P`: pixels, or the picture as a page embeds it. */
export interface View<P> {
  readonly label: string;
  /** Scores of the whole picture; null for a version that has none. */
  readonly scores: Scores | null;
  readonly picture: P;
}

export interface WorstPicture<P> {
  readonly scores: PictureScores;
  /** The crop's position in the measured picture. */
  readonly place: Rect;
  /** Input, restored; with several samples the first, their mean and their uncertainty; truth. */
  readonly views: readonly View<P>[];
}

/** The metric that orders the pictures: PSNR, or the first one where PSNR was not computed. */
export const orderingMetric = ({ input }: PictureScores): MetricName | undefined =>
  "psnr" in input ? "psnr" : (Object.keys(input)[0] as MetricName | undefined);

/** Improvement of one picture in the ordering metric; a picture without one comes last. */
const orderOf = (scores: PictureScores): number => {
  const metric = orderingMetric(scores);
  return (metric && gainOf(metric, scores.restored, scores.input)) ?? Number.POSITIVE_INFINITY;
};

/**
 * Keeps crops of `count` pictures, however many are added: of each, the square of `sidePx` pixels that the blur changed
 * most. Also counts the errors of all pictures with several samples in units of their deviation.
 */
export class WorstPictures {
  #worst: readonly WorstPicture<Raster>[] = [];
  #calibration: Calibration | null = null;

  constructor(
    private readonly count: number,
    private readonly sidePx: number,
  ) {}

  add({ scores, input, truth, samples, mean }: EvaluatedPicture): void {
    const deviation = samples.length > 1 ? summariseSamples(samples).deviation : null;
    if (deviation && mean) {
      this.#calibration ??= new Calibration();
      this.#calibration.add(mean, truth, deviation, samples.length);
    }
    const last = this.#worst[this.count - 1];
    if (last && orderOf(last.scores) <= orderOf(scores)) return;
    const [place] = differingCrops([input, truth], this.sidePx);
    const view = (label: string, raster: Raster, of: Scores | null) => ({
      label,
      scores: of,
      picture: cropRaster(raster, place!),
    });
    const views = [
      view("Input", input, scores.input),
      view(samples.length > 1 ? `Sample 1 of ${samples.length}` : "Restored", samples[0]!, scores.samples[0]!),
      ...(mean ? [view(`Mean of ${samples.length}`, mean, scores.meanOfSamples)] : []),
      ...(deviation ? [view("Uncertainty", uncertaintyPicture(deviation, truth.width, truth.height), null)] : []),
      view("Truth", truth, null),
    ];
    this.#worst = [...this.#worst, { scores, place: place!, views }]
      .sort((a, b) => orderOf(a.scores) - orderOf(b.scores))
      .slice(0, this.count);
  }

  /** The picture with the least gain first. */
  get worst(): readonly WorstPicture<Raster>[] {
    return this.#worst;
  }

  /** Null if each picture had one sample. */
  get calibration(): Calibration | null {
    return this.#calibration;
  }
}

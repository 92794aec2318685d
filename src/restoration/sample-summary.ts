/**
 * @file Summary of several restorations of one photo: mean, deviation, the most typical one, the two most different.
 */
import { argumentError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { depthOf, hasAlpha } from "../images/pixels.js";

export interface SampleSummary {
  /** Rounded, with the samples' depth, channels and alpha. */
  readonly mean: Raster;
  /**
   * Standard deviation of each pixel over the samples, root mean square over its colours; white is 1. [height * width]
   */
  readonly deviation: Float32Array;
  /** Index of the sample nearest to all others. Unlike the mean it is one of the restorations. */
  readonly medoid: number;
  /** Indices of the two samples furthest apart, the lower first. */
  readonly furthest: readonly [number, number];
}

/**
 * Summarises two or more samples of one size and kind. With K samples the deviation itself is uncertain by a factor of
 * about 1 / sqrt(2 (K - 1)). Memory: 12 bytes a value. Throws `argument` for a single sample.
 */
export function summariseSamples(samples: readonly Raster[]): SampleSummary {
  if (samples.length < 2) throw argumentError("summariseSamples", "expected two samples or more", samples.length);
  const first = samples[0]!;
  const { channels, data } = first;
  const count = samples.length;
  const [sum, squares] = [new Float64Array(data.length), new Float32Array(data.length)];
  for (const { data: values } of samples) for (let i = 0; i < values.length; i++) sum[i]! += values[i]!;
  for (const { data: values } of samples)
    for (let i = 0; i < values.length; i++) squares[i]! += (values[i]! - sum[i]! / count) ** 2;

  const mean = data.slice();
  for (let i = 0; i < mean.length; i++) mean[i] = Math.round(sum[i]! / count);
  const white = depthOf(first) === 8 ? 255 : 65535;
  const colours = hasAlpha(first) ? channels - 1 : channels;
  const deviation = Float32Array.from({ length: data.length / channels }, (_, pixel) => {
    let total = 0;
    for (let c = 0; c < colours; c++) total += squares[pixel * channels + c]!;
    return Math.sqrt(total / (colours * (count - 1))) / white;
  });
  return { mean: { ...first, data: mean }, deviation, ...typical(samples) };
}

/** The most typical and the most different samples, by squared distances between all pairs. */
function typical(samples: readonly Raster[]): Pick<SampleSummary, "medoid" | "furthest"> {
  const totals = samples.map(() => 0);
  let [most, furthest] = [-1, [0, 1] as [number, number]];
  samples.forEach(({ data: a }, i) => {
    for (let j = i + 1; j < samples.length; j++) {
      const b = samples[j]!.data;
      let distance = 0;
      for (let k = 0; k < a.length; k++) distance += (a[k]! - b[k]!) ** 2;
      totals[i]! += distance;
      totals[j]! += distance;
      if (distance > most) [most, furthest] = [distance, [i, j]];
    }
  });
  return { medoid: totals.indexOf(Math.min(...totals)), furthest };
}

/** Deviation in levels of 255 that is shown as white. It is fixed, so that pictures of two photos can be compared. */
export const UNCERTAINTY_WHITE_LEVELS = 32;

/** The deviation as a grey picture: black is certain, white is `UNCERTAINTY_WHITE_LEVELS` or more. */
export function uncertaintyPicture(deviation: Float32Array, width: number, height: number): Raster {
  const scale = 255 ** 2 / UNCERTAINTY_WHITE_LEVELS;
  const data = Uint8Array.from(deviation, (value) => Math.min(255, Math.round(value * scale)));
  return { width, height, channels: 1, data };
}

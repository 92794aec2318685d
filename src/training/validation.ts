/** @file Measures of the model in training on pairs that it is not trained on. */
import * as z from "zod";
import { signOf } from "../evaluation/measures.js";
import { METRICS, type MetricName } from "../evaluation/metrics/catalog.js";
import { evaluate, type Pair, type PictureScores } from "../evaluation/protocol.js";
import { gainOf, type Scores } from "../evaluation/scores.js";
import { perPicture, type Statistic, statistic } from "../evaluation/summary.js";
import type { Planes } from "../images/image.js";
import type { OpenPerception } from "../perception/perception.js";
import type { Restorer } from "../restoration/restorer.js";
import type { StateValues } from "./state.js";

export const validationSchema = z.strictObject({
  path: z
    .string()
    .describe("folder of pairs, relative to the data folder given to the command; its pictures must not be trained on"),
  everySteps: z.int().min(1).describe("steps between validations"),
  pictures: z.int().min(1).default(8).describe("number of pairs, evenly spaced in the folder"),
  cropPx: z
    .int()
    .min(32)
    .nullable()
    .default(256)
    .describe("side of the square that is measured of each picture, at a place that its name decides; null: all of it"),
});
export type ValidationConfig = z.infer<typeof validationSchema>;

/** Limit of diffusion steps, as for sample pictures. */
const MAX_STEPS = 50;
const SEED = 1;

export interface ValidationOptions extends Pick<ValidationConfig, "everySteps" | "cropPx"> {
  readonly pairs: () => AsyncIterable<Pair> | Iterable<Pair>;
  /** Creates a restorer with the weights of a state; it is released after use. */
  readonly restorer: (state: StateValues) => Restorer;
  /** Diffusion steps of the model when it restores. */
  readonly steps: number;
  readonly metrics: readonly MetricName[];
  /** Opens the networks of the measures; closed after each validation. */
  readonly perception: () => OpenPerception;
}

/** A measurement of a state. */
export interface Validation {
  readonly everySteps: number;
  /** Uses `state` before it returns. */
  measure(state: StateValues): Promise<readonly PictureScores[]>;
}

export const validationOf = (options: ValidationOptions): Validation => ({
  everySteps: options.everySteps,
  async measure(state) {
    const { pairs, metrics, cropPx } = options;
    await using perception = options.perception();
    const restorer = options.restorer(state);
    const restore = async (blurry: Planes, seed: number) => [
      (await restorer.restore(blurry, { steps: Math.min(options.steps, MAX_STEPS), seed })).restored,
    ];
    const crops = cropPx === null ? undefined : { sidePx: cropPx, perImage: 1, seed: SEED };
    const scores: PictureScores[] = [];
    try {
      for await (const picture of evaluate(pairs(), restore, { metrics, perception, crops, seed: SEED }))
        scores.push(picture.scores);
    } finally {
      await restorer.release();
    }
    return scores;
  },
});

/** The means of a validation, for the log: "validation psnr-registered". */
export const validationMetrics = (scores: readonly PictureScores[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    metricsOf(scores).flatMap((name) => {
      const { mean } = statistic(perPicture(scores, ({ restored }) => restored[name] ?? null));
      return mean === null ? [] : [[`validation ${name}`, mean] as const];
    }),
  );

const metricsOf = (scores: readonly PictureScores[]): readonly MetricName[] =>
  Object.keys(scores[0]?.input ?? {}) as MetricName[];

const WORDS = { above: "better", below: "worse", unclear: "no clear difference" } as const;

const gainText = (gain: Statistic, digits: number): string => {
  const sign = gain.mean !== null && gain.mean > 0 ? "+" : "";
  const error = gain.standardError === null ? "" : ` ± ${gain.standardError.toFixed(digits)}`;
  return `${sign}${gain.mean?.toFixed(digits) ?? "-"}${error}, ${WORDS[signOf(gain)]}`;
};

/**
 * One line for each measure: its mean, and the gain over the photos and over an earlier validation. A gain is called
 * better or worse where a paired t test over the pictures does so at 5 %.
 */
export function validationLines(
  scores: readonly PictureScores[],
  before: { readonly step: number; readonly scores: readonly PictureScores[] } | null,
): string[] {
  const earlier = new Map<string, Scores>(before?.scores.map(({ name, restored }) => [name, restored]));
  return metricsOf(scores).map((name) => {
    const { digits, unit } = METRICS[name];
    const over = (other: (row: PictureScores) => Scores | undefined): Statistic =>
      statistic(
        perPicture(scores, (row) => {
          const reference = other(row);
          return reference ? gainOf(name, row.restored, reference) : null;
        }),
      );
    const { mean } = statistic(perPicture(scores, ({ restored }) => restored[name] ?? null));
    const since = before
      ? `; over step ${before.step}: ${gainText(
          over((row) => earlier.get(row.name)),
          digits,
        )}`
      : "";
    return `${name} ${mean?.toFixed(digits) ?? "-"}${unit && ` ${unit}`}; over the photos: ${gainText(
      over((row) => row.input),
      digits,
    )}${since}`;
  });
}

/** @file Learning rate over a run: linear warm-up, then a schedule. */

import * as z from "zod";

/** Rate relative to the peak, by the share of the run after the warm-up that is over, 0 .. 1. */
const SCHEDULES = {
  constant: () => 1,
  linear: (progress, finalFraction) => 1 + (finalFraction - 1) * progress,
  /** Loshchilov & Hutter 2017, one cycle. */
  cosine: (progress, finalFraction) => finalFraction + ((1 - finalFraction) * (1 + Math.cos(Math.PI * progress))) / 2,
  /**
   * Parts of equal length, each with half the rate of the one before: four halvings make five parts and end at a
   * sixteenth.
   */
  halving: (progress, finalFraction) => {
    const halvings = -Math.log2(finalFraction);
    return 0.5 ** Math.min(halvings, Math.floor(progress * (halvings + 1)));
  },
} as const satisfies Record<string, (progress: number, finalFraction: number) => number>;

const KINDS = Object.keys(SCHEDULES) as (keyof typeof SCHEDULES)[];
export const learningRateSchema = z
  .strictObject({
    kind: z.enum(KINDS).default("constant").describe("schedule after the warm-up"),
    peak: z.number().positive().describe("rate after the warm-up"),
    warmUpSteps: z
      .int()
      .min(0)
      .default(0)
      .describe("number of first steps, over which the rate rises linearly to the peak"),
    holdSteps: z
      .int()
      .min(0)
      .optional()
      .describe("steps at the peak after the warm-up, before the rate falls; 0 if left out"),
    epochSteps: z.int().min(1).optional().describe("steps for which a falling rate stays the same; 1 if left out"),
    finalFraction: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe("rate of the last step relative to the peak, if the rate falls"),
  })
  .refine(({ kind, finalFraction }) => kind !== "halving" || Number.isInteger(Math.log2(finalFraction)), {
    path: ["finalFraction"],
    error: "must be a power of 1/2 (1/2, 1/4, 1/8, ...) when the rate is halved",
  });
export type LearningRateConfig = z.infer<typeof learningRateSchema>;

/** The rate of a step of 1 .. totalSteps; constant after the last step. */
export function learningRateAt(config: LearningRateConfig, step: number, totalSteps: number): number {
  const { kind, peak, warmUpSteps, holdSteps = 0, epochSteps = 1, finalFraction } = config;
  if (step <= warmUpSteps) return (peak * step) / warmUpSteps;
  // Progress is 0 at the first step after warm-up and hold and 1 in the last epoch, which so has exactly the final
  // rate.
  const start = warmUpSteps + holdSteps;
  const epochs = (steps: number): number => Math.floor(steps / epochSteps);
  const last = Math.max(1, epochs(totalSteps - start - 1));
  const progress = Math.min(1, Math.max(0, epochs(step - start - 1)) / last);
  return peak * SCHEDULES[kind](progress, finalFraction);
}

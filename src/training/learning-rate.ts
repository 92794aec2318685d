/** @file The learning rate over a run: linear warm-up, then a schedule. */

export interface LearningRateConfig {
  readonly kind: LearningRateKind;
  /** The rate after the warm-up. */
  readonly peak: number;
  /** The first steps, over which the rate rises from peak / warmUpSteps to peak. */
  readonly warmUpSteps: number;
  /** The rate at the last step as a part of the peak; only for schedules that fall. */
  readonly finalFraction: number;
}

/** The rate as a part of the peak, given how much of the run after the warm-up is over, 0 .. 1. */
const SCHEDULES = {
  constant: () => 1,
  linear: (progress, finalFraction) => 1 + (finalFraction - 1) * progress,
  /** Loshchilov & Hutter 2017, one cycle. */
  cosine: (progress, finalFraction) => finalFraction + ((1 - finalFraction) * (1 + Math.cos(Math.PI * progress))) / 2,
} as const satisfies Record<string, (progress: number, finalFraction: number) => number>;

export type LearningRateKind = keyof typeof SCHEDULES;
export const LEARNING_RATE_KINDS = Object.keys(SCHEDULES) as [LearningRateKind, ...LearningRateKind[]];

/** The rate of a step of 1 .. totalSteps; after the last step it stays. */
export function learningRateAt(config: LearningRateConfig, step: number, totalSteps: number): number {
  const { kind, peak, warmUpSteps, finalFraction } = config;
  if (step <= warmUpSteps) return (peak * step) / warmUpSteps;
  // From 0 at the first step after the warm-up to 1 at the last, which so has exactly the final rate.
  const progress = Math.min(1, (step - warmUpSteps - 1) / Math.max(1, totalSteps - warmUpSteps - 1));
  return peak * SCHEDULES[kind](progress, finalFraction);
}

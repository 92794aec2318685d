/**
 * @file The average of the weights over training (exponential moving average): ema += weight * (parameter - ema). How much a
 * step weighs may change during training, so `weight` is computed outside in float64 and comes in as a scalar.
 */

export interface EmaConfig {
  /** After this many images an old value counts half (Karras et al. 2022, "EDM"): independent of the batch size. */
  readonly halfLifeImages: number;
  /** The half-life is at most this part of the images seen, so that the start is soon forgotten; null: no such limit. */
  readonly rampUp: number | null;
}

/** The weight of the newest parameters in the average, in (0, 1], at a step that brings the images seen to `imagesSeen`. */
export function emaWeight({ halfLifeImages, rampUp }: EmaConfig, batchSize: number, imagesSeen: number): number {
  const halfLife = rampUp === null ? halfLifeImages : Math.min(halfLifeImages, imagesSeen * rampUp);
  return 1 - 0.5 ** (batchSize / Math.max(halfLife, Number.MIN_VALUE));
}

/**
 * @file The average of the weights over training (exponential moving average): ema += weight * (parameter - ema). How much a
 * step weighs may change during training, so `weight` is computed outside in float64 and comes in as a scalar.
 */

import * as z from "zod";

export const emaSchema = z.strictObject({
  halfLifeImages: z
    .number()
    .positive()
    .describe("after this many images an old value counts half, whatever the batch size (Karras et al. 2022, EDM)"),
  rampUp: z
    .number()
    .positive()
    .nullable()
    .default(0.05)
    .describe("the half-life is at most this part of the images seen, so the start is soon forgotten; null: no limit"),
});
export type EmaConfig = z.infer<typeof emaSchema>;

/** The weight of the newest parameters in the average, in (0, 1], at a step that brings the images seen to `imagesSeen`. */
export function emaWeight({ halfLifeImages, rampUp }: EmaConfig, batchSize: number, imagesSeen: number): number {
  const halfLife = rampUp === null ? halfLifeImages : Math.min(halfLifeImages, imagesSeen * rampUp);
  return 1 - 0.5 ** (batchSize / Math.max(halfLife, Number.MIN_VALUE));
}

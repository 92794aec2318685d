/**
 * @file Exponential moving average of the weights over training: ema += weight * (parameter - ema). The weight may
 * change during training, so it is computed outside the graph, in float64, and passed in as a scalar.
 */

import * as z from "zod";

export const emaSchema = z.strictObject({
  halfLifeImages: z
    .number()
    .positive()
    .describe("half-life of an old value in images, independent of the batch size (Karras et al. 2022, EDM)"),
  rampUp: z
    .number()
    .positive()
    .nullable()
    .default(0.05)
    .describe("largest half-life as a share of the images seen, so that early values fade soon; null: no limit"),
});
export type EmaConfig = z.infer<typeof emaSchema>;

/**
 * Weight of the newest parameters in the average, in (0, 1], at the step after which `imagesSeen` images have been
 * seen.
 */
export function emaWeight({ halfLifeImages, rampUp }: EmaConfig, batchSize: number, imagesSeen: number): number {
  const halfLife = rampUp === null ? halfLifeImages : Math.min(halfLifeImages, imagesSeen * rampUp);
  return 1 - 0.5 ** (batchSize / Math.max(halfLife, Number.MIN_VALUE));
}

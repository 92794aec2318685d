/**
 * @file Region that global pooling averages over. A network trained on crops meets other statistics in a whole photo; a
 * window of the crops' size restores the trained statistics without retraining (Chu et al. 2022, Improving Image
 * Restoration by Revisiting Global Information Aggregation).
 */
import * as z from "zod";
import { mean } from "../graph/ops/mean.js";
import { localAvgPool2d } from "../graph/ops/pool2d.js";
import type { Layer } from "./layers.js";

export const poolingSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("global") }),
    z.strictObject({
      kind: z.literal("local"),
      trainPx: z
        .int()
        .positive()
        .describe("side of the crops the network was trained on; windows are 1.5 times as wide"),
    }),
  ])
  .default({ kind: "global" })
  .describe("region of the means: the whole photo, or a window around each pixel");
export type Pooling = z.infer<typeof poolingSchema>;

/** Side of the window in features that are `scale` times smaller than the image, rounded as in the published code. */
const windowAt = (trainPx: number, scale: number): number =>
  Math.max(1, Math.floor((Math.ceil(trainPx / scale) * Math.floor(1.5 * trainPx)) / trainPx));

/**
 * Channel means of features `scale` times smaller than the image: [N, C, H, W] -> [N, C, 1, 1], or [N, C, H, W] if
 * local.
 */
export function contextPool(pooling: Pooling, scale: number): Layer {
  if (pooling.kind === "global") return (x) => mean(x, { axes: [-2, -1], keepDims: true });
  const side = windowAt(pooling.trainPx, scale);
  return (x) => localAvgPool2d(x, [side, side]);
}

/**
 * @file What a network averages over that is made to pool globally. Trained on crops, it meets other statistics in a whole photo;
 * a window of the crops' size brings them back without training again (Chu et al. 2022, Improving Image Restoration by Revisiting
 * Global Information Aggregation).
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
  .describe("what means are taken over: the whole photo, or a window around each pixel");
export type Pooling = z.infer<typeof poolingSchema>;

/** The window's side in features that are `scale` times smaller than the image, rounded as published code does. */
const windowAt = (trainPx: number, scale: number): number =>
  Math.max(1, Math.floor((Math.ceil(trainPx / scale) * Math.floor(1.5 * trainPx)) / trainPx));

/** Means of each channel of features `scale` times smaller than the image: [N, C, H, W] -> [N, C, 1, 1], or the same size if local. */
export function contextPool(pooling: Pooling, scale: number): Layer {
  if (pooling.kind === "global") return (x) => mean(x, { axes: [-2, -1], keepDims: true });
  const side = windowAt(pooling.trainPx, scale);
  return (x) => localAvgPool2d(x, [side, side]);
}

/** @file `--pooling` and `--train-px`: the region that a model's predictor averages over. */
import * as z from "zod";
import type { Pooling } from "../../src/nn/pooling.js";
import { UsageError } from "./usage-error.js";

export const POOLING_OPTIONS = {
  pooling: z
    .enum(["global", "local"])
    .optional()
    .describe("Means over the whole photo, or over windows derived from the training crops (default: the model's)"),
  trainPx: z
    .int()
    .min(1)
    .optional()
    .meta({ value: "PX", description: "Side of the training crops, for --pooling local" }),
};

/** The pooling of the options; undefined keeps the model's. */
export function poolingOf({
  pooling,
  trainPx,
}: {
  readonly pooling?: "global" | "local" | undefined;
  readonly trainPx?: number | undefined;
}): Pooling | undefined {
  if (pooling === "local" && trainPx === undefined)
    throw new UsageError("--pooling local needs --train-px PX, the side of the crops the model was trained on");
  if (pooling !== "local" && trainPx !== undefined)
    throw new UsageError("--train-px needs --pooling local, whose windows it sizes");
  return pooling === "local" ? { kind: pooling, trainPx: trainPx! } : pooling && { kind: pooling };
}

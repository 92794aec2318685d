/** @file `--pooling` and `--train-px`: what a model's predictor takes means over. */
import * as z from "zod";
import type { Pooling } from "../../src/nn/pooling.js";
import { UsageError } from "./usage-error.js";

export const POOLING_OPTIONS = {
  pooling: z
    .enum(["global", "local"])
    .optional()
    .describe("Means over the whole photo, or over windows that suit the training crops (default: the model's)"),
  trainPx: z
    .int()
    .min(1)
    .optional()
    .meta({ value: "PX", description: "Side of the training crops, for --pooling local" }),
};

/** undefined: as the model says. */
export function poolingOf({
  pooling,
  trainPx,
}: {
  readonly pooling?: "global" | "local" | undefined;
  readonly trainPx?: number | undefined;
}): Pooling | undefined {
  if (pooling === "local" && trainPx === undefined)
    throw new UsageError("--pooling local: needs --train-px PX, the side of the crops the model was trained on");
  if (pooling !== "local" && trainPx !== undefined)
    throw new UsageError("--train-px: needs --pooling local, whose windows it sizes");
  return pooling === "local" ? { kind: pooling, trainPx: trainPx! } : pooling && { kind: pooling };
}

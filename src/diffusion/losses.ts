/** @file Losses between a prediction and its target, as data: configs name them and the training graph builds them. */
import * as z from "zod";
import { sub } from "../graph/ops/arithmetic.js";
import { abs, square } from "../graph/ops/elementwise.js";
import { mean } from "../graph/ops/mean.js";
import type { Tensor } from "../graph/tensor.js";

export const LOSSES = ["l1", "l2"] as const;
export type LossKind = (typeof LOSSES)[number];
export const lossSchema = z.enum(LOSSES);

interface Loss {
  readonly summary: string;
  /** Penalty of one element's difference. */
  readonly ofDifference: (difference: number) => number;
  /** Prediction and target of one shape -> scalar, the mean over all elements. */
  readonly graph: (prediction: Tensor, target: Tensor) => Tensor;
}

/**
 * Means over all elements. Published code for the paper's model sums instead. Adam cancels that constant factor, and a
 * mean can be compared across crop sizes.
 */
export const losses = {
  l1: {
    summary: "mean absolute difference; the paper's",
    ofDifference: Math.abs,
    graph: (prediction, target) => mean(abs(sub(prediction, target))),
  },
  l2: {
    summary: "mean squared difference",
    ofDifference: (difference) => difference * difference,
    graph: (prediction, target) => mean(square(sub(prediction, target))),
  },
} as const satisfies Record<LossKind, Loss>;

/** @file What a predictor's training may sum up, by name. */
import { z } from "zod";
import { losses } from "../../diffusion/losses.js";
import { add, sub } from "../../graph/ops/arithmetic.js";
import { sqrt, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import type { Tensor } from "../../graph/tensor.js";

type Term = (restored: Tensor, sharp: Tensor) => Tensor;

const TERMS = {
  l1: losses.l1.graph,
  l2: losses.l2.graph,
  /** sqrt(d^2 + 1e-6): L1 that is smooth at 0 (as in MPRNet, eps = 1e-3). */
  charbonnier: (restored, sharp) => mean(sqrt(add(square(sub(restored, sharp)), 1e-6))),
} as const satisfies Record<string, Term>;

export type LossTermKind = keyof typeof TERMS;
export const lossTermSchema = z.strictObject({
  kind: z.enum(Object.keys(TERMS) as [LossTermKind, ...LossTermKind[]]),
  weight: z.number().positive().default(1),
});
export type LossTerm = z.infer<typeof lossTermSchema>;

export const lossTermOf = (kind: LossTermKind): Term => TERMS[kind];

/** @file Terms that a predictor's loss may sum: a total map over the loss functions of `nn/losses`. */
import * as z from "zod";
import { losses } from "../../diffusion/losses.js";
import type { Tensor } from "../../graph/tensor.js";
import { charbonnierLoss } from "../../nn/losses/charbonnier.js";
import { edgeLoss } from "../../nn/losses/edge.js";
import { frequencyLoss } from "../../nn/losses/frequency.js";
import { psnrLoss } from "../../nn/losses/psnr.js";
import { smoothL1Loss } from "../../nn/losses/smooth-l1.js";

/** [N, C, H, W] each -> scalar. All terms depend on the difference of the two only. */
type Term = (restored: Tensor, sharp: Tensor) => Tensor;

const TERMS = {
  l1: losses.l1.graph,
  l2: losses.l2.graph,
  "smooth-l1": (restored, sharp) => smoothL1Loss(restored, sharp),
  /** MPRNet's. */
  charbonnier: (restored, sharp) => charbonnierLoss(restored, sharp),
  /** MPRNet's. */
  edge: (restored, sharp) => edgeLoss(restored, sharp),
  /** NAFNet's and HINet's. */
  psnr: (restored, sharp) => psnrLoss(restored, sharp),
  /** MIMO-UNet's. */
  frequency: (restored, sharp) => frequencyLoss(restored, sharp),
} as const satisfies Record<string, Term>;

export type LossTermKind = keyof typeof TERMS;
export const lossTermSchema = z.strictObject({
  kind: z.enum(Object.keys(TERMS) as [LossTermKind, ...LossTermKind[]]),
  weight: z.number().positive().default(1),
  outputs: z
    .enum(["last", "all"])
    .default("last")
    .describe(
      "outputs of the network that are compared with the sharp photo: the last, which is the result, or the sum over all; smaller outputs are compared with the photo at their size",
    ),
});

export const lossTermOf = (kind: LossTermKind): Term => TERMS[kind];

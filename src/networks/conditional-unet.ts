/**
 * @file The paper's conditional DDPM network: SR3's U-Net with linear attention inside every residual block but the second of the
 * middle, without a residual connection around it (its output replaces the block's). Its variants (3.3 and 4.5) differ in how, where
 * and with what around it the blocks attend; their parameters are the same, so any of them starts from the same weights.
 */
import * as z from "zod";
import {
  type AttentionConfig,
  type AttentionLayer,
  linearAttentionLayer,
  softmaxAttentionLayer,
} from "../nn/attention.js";
import type { Scope } from "../nn/parameters.js";
import { positiveCount, wholeCount } from "./counts.js";
import type { Network } from "./network.js";
import { checkAttentionLevels, sr3ResidualBlock, sr3Unet } from "./sr3-unet.js";

/** Kinds of attention. Each registers the same parameters. */
const ATTENTION = {
  /** Cost grows with the number of pixels. */
  linear: linearAttentionLayer,
  /** Cost grows with its square: for coarse levels. */
  softmax: (scope, config) =>
    softmaxAttentionLayer(scope, { ...config, names: { norm: "groupnorm", project: "proj" } }),
  /** The published code keeps the parameters, unused, where attention is switched off. */
  none: (scope, config) => {
    linearAttentionLayer(scope, config);
    return (x) => x;
  },
} as const satisfies Record<string, (scope: Scope, config: AttentionConfig) => AttentionLayer>;

type AttentionKind = keyof typeof ATTENTION;

export const conditionalUnetSchema = z.strictObject({
  architecture: z.literal("conditional-unet"),
  inChannels: positiveCount.default(6).describe("blurry photo and x_t"),
  outChannels: positiveCount.default(3),
  width: positiveCount.default(96),
  multipliers: z.array(positiveCount).min(1).default([1, 2, 2, 2]),
  blocksPerLevel: positiveCount.default(2),
  groups: positiveCount.default(16).describe("groups of each normalisation"),
  dropout: z.number().min(0).lt(1).default(0.2),
  attention: z
    .enum(Object.keys(ATTENTION) as [AttentionKind, ...AttentionKind[]])
    .default("linear")
    .describe("none keeps the attention's parameters, unused, as the published code does"),
  attentionLevels: z
    .array(wholeCount)
    .nullable()
    .default(null)
    .describe(
      "levels (0 = finest) whose blocks attend, the middle belonging to the coarsest; null: all, as in the paper",
    ),
  attentionResidual: z
    .boolean()
    .default(false)
    .describe("add the attention's input to its output; the paper's network does not"),
});
export type ConditionalUnetConfig = z.infer<typeof conditionalUnetSchema>;

export function conditionalUnet(config: ConditionalUnetConfig): Network {
  checkAttentionLevels(config, config.attentionLevels ?? []);
  return sr3Unet(config, (scope, place) => {
    const block = sr3ResidualBlock(scope, place, config);
    // The second middle block has these parameters too and never uses them (148,032 in the paper's configuration).
    const chosen = config.attentionLevels?.includes(place.level) ?? true;
    const kind = chosen && place.middle !== 1 ? config.attention : "none";
    const attention = ATTENTION[kind](scope.child("attn"), {
      channels: place.outChannels,
      groups: config.groups,
      residual: config.attentionResidual,
    });
    return (x, level, pass) => attention(block(x, level, pass), pass.tap);
  });
}

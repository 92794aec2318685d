/**
 * @file The paper's conditional DDPM network: SR3's U-Net with linear attention in every residual block except the
 * second middle one. The attention has no residual connection: its output replaces the block's. The variants (sections
 * 3.3 and 4.5) change the kind of attention, its levels and its residual connection; their parameters are the same, so
 * all can start from the same weights.
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

/** Kinds of attention. All register the same parameters. */
const ATTENTION = {
  /** Cost grows with the number of positions. */
  linear: linearAttentionLayer,
  /** Cost grows with the square of the number of positions: for coarse levels only. */
  softmax: (scope, config) =>
    softmaxAttentionLayer(scope, { ...config, names: { norm: "groupnorm", project: "proj" } }),
  /** No attention. Like the published code, it registers the parameters and leaves them unused. */
  none: (scope, config) => {
    linearAttentionLayer(scope, config);
    return (x) => x;
  },
} as const satisfies Record<string, (scope: Scope, config: AttentionConfig) => AttentionLayer>;

type AttentionKind = keyof typeof ATTENTION;

export const conditionalUnetSchema = z.strictObject({
  architecture: z.literal("conditional-unet"),
  inChannels: positiveCount.default(6).describe("channels of the blurry photo and x_t"),
  outChannels: positiveCount.default(3),
  width: positiveCount.default(96),
  multipliers: z.array(positiveCount).min(1).default([1, 2, 2, 2]),
  blocksPerLevel: positiveCount.default(2),
  groups: positiveCount.default(16).describe("groups of each normalisation"),
  dropout: z.number().min(0).lt(1).default(0.2),
  attention: z
    .enum(Object.keys(ATTENTION) as [AttentionKind, ...AttentionKind[]])
    .default("linear")
    .describe("none keeps the parameters of the attention unused, as the published code does"),
  attentionLevels: z
    .array(wholeCount)
    .nullable()
    .default(null)
    .describe(
      "levels (0 = finest) whose blocks have attention; the middle belongs to the coarsest; null: all, as in the paper",
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
    // The second middle block has these parameters too and never uses them (148,032 values in the paper's
    // configuration).
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

/**
 * @file The paper's conditional DDPM network: SR3's U-Net with linear attention inside every residual block but the second of the
 * middle, without a residual connection around it (its output replaces the block's).
 */
import { z } from "zod";
import { linearAttentionLayer } from "../nn/attention.js";
import type { Network } from "./network.js";
import { sr3ResidualBlock, sr3Unet } from "./sr3-unet.js";

export const conditionalUnetSchema = z.strictObject({
  architecture: z.literal("conditional-unet"),
  inChannels: z.int().positive().default(6).describe("blurry photo and x_t"),
  outChannels: z.int().positive().default(3),
  width: z.int().positive().default(96),
  multipliers: z.array(z.int().positive()).min(1).default([1, 2, 2, 2]),
  blocksPerLevel: z.int().positive().default(2),
  groups: z.int().positive().default(16).describe("groups of each normalisation"),
  dropout: z.number().min(0).lt(1).default(0.2),
  attention: z
    .enum(["linear", "none"])
    .default("linear")
    .describe("none keeps the attention's parameters, unused, as the published code does"),
  attentionResidual: z
    .boolean()
    .default(false)
    .describe("add the attention's input to its output; the paper's network does not"),
});
export type ConditionalUnetConfig = z.infer<typeof conditionalUnetSchema>;

export function conditionalUnet(config: ConditionalUnetConfig): Network {
  return sr3Unet(config, (scope, place) => {
    const block = sr3ResidualBlock(scope, place, config);
    // The second middle block has these parameters too and never uses them (148,032 in the paper's configuration).
    const attention = linearAttentionLayer(scope.child("attn"), {
      channels: place.outChannels,
      groups: config.groups,
      residual: config.attentionResidual,
    });
    const attends = config.attention === "linear" && place.middle !== 1;
    return (x, level, dropout) => {
      const h = block(x, level, dropout);
      return attends ? attention(h) : h;
    };
  });
}

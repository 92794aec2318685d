/**
 * @file SR3's U-Net with softmax self-attention at chosen levels and in the middle, with a residual connection unless
 * configured otherwise.
 */
import * as z from "zod";
import { softmaxAttentionLayer } from "../nn/attention.js";
import { positiveCount, wholeCount } from "./counts.js";
import type { Network } from "./network.js";
import { checkAttentionLevels, sr3ResidualBlock, sr3Unet } from "./sr3-unet.js";

export const sr3Schema = z.strictObject({
  architecture: z.literal("sr3"),
  inChannels: positiveCount.default(6).describe("channels of the blurry photo and x_t"),
  outChannels: positiveCount.default(3),
  width: positiveCount.default(64),
  multipliers: z.array(positiveCount).min(1).default([1, 2, 4, 8, 8]),
  blocksPerLevel: positiveCount.default(2),
  groups: positiveCount.default(32).describe("groups of each normalisation"),
  dropout: z.number().min(0).lt(1).default(0),
  attentionLevels: z
    .array(wholeCount)
    .default([])
    .describe("levels (0 = finest) whose blocks have attention; the published code derives them from image_size"),
  attentionResidual: z.boolean().default(true).describe("add the attention's input to its output; SR3 does"),
});
export type Sr3NetworkConfig = z.infer<typeof sr3Schema>;

export function sr3(config: Sr3NetworkConfig): Network {
  checkAttentionLevels(config, config.attentionLevels);
  return sr3Unet(config, (scope, place) => {
    const block = sr3ResidualBlock(scope.child("res_block"), place, config);
    const attends = place.middle === null ? config.attentionLevels.includes(place.level) : place.middle === 0;
    if (!attends) return block;
    const attention = softmaxAttentionLayer(scope.child("attn"), {
      channels: place.outChannels,
      groups: config.groups,
      residual: config.attentionResidual,
    });
    return (x, level, pass) => attention(block(x, level, pass), pass.tap);
  });
}

/** @file Generators of GANs: DeblurGAN, DeblurGAN-v2, DBGAN. */
import type { CheckpointShapes, Recognise } from "./shapes.js";

/** Normalisation over instances has no weights of its own; that over batches has. */
const normalisation = (checkpoint: CheckpointShapes, layer: string): "batch" | "instance" =>
  checkpoint.has(`${layer}.weight`) ? "batch" : "instance";

export const recogniseDeblurgan: Recognise = (checkpoint) => {
  if (!checkpoint.has("model.1.weight") || !checkpoint.has("model.10.conv_block.1.weight")) return null;
  return {
    width: checkpoint.axis("model.1.weight", 0),
    blocks: checkpoint.count((i) => `model.${10 + i}.conv_block.1.weight`),
    normalisation: normalisation(checkpoint, "model.2"),
    // A layer of dropout in each block moves the second convolution by a place.
    dropout: checkpoint.axis("model.10.conv_block.6.weight", 3) > 0 ? 0.5 : 0,
  };
};

const pyramid = (checkpoint: CheckpointShapes) => ({
  filters: checkpoint.axis("head1.block0.weight", 0),
  pyramidFilters: checkpoint.axis("head1.block0.weight", 1),
  normalisation: normalisation(checkpoint, "smooth.1"),
});

/**
 * Channels of a late layer without the width multiplier. The multiplier rounds, so a wide layer gives it most exactly.
 */
const PLAIN_CHANNELS = 320;

export const recogniseFpnMobilenet: Recognise = (checkpoint) => {
  if (!checkpoint.has("fpn.features.0.0.weight") || !checkpoint.has("head1.block0.weight")) return null;
  const channels = checkpoint.axis("fpn.features.17.conv.6.weight", 0);
  return { ...pyramid(checkpoint), widthMultiplier: multiplierOf(channels) };
};

/** The roundest multiplier that gives so many channels: 0.25 rather than 0.2531. */
function multiplierOf(channels: number): number {
  for (let digits = 0; digits <= 6; digits++) {
    const rounded = Math.ceil((channels / PLAIN_CHANNELS) * 10 ** digits) / 10 ** digits;
    if (Math.floor(PLAIN_CHANNELS * rounded) === channels) return rounded;
  }
  return channels / PLAIN_CHANNELS;
}

export const recogniseFpnInception: Recognise = (checkpoint) =>
  checkpoint.has("fpn.inception.conv2d_1a.conv.weight") && checkpoint.has("head1.block0.weight")
    ? pyramid(checkpoint)
    : null;

export const recogniseDbgan: Recognise = (checkpoint) => {
  const first = (block: string): boolean => checkpoint.has(`model.1.${block}.RDB1.conv1.0.weight`);
  // A sequence of one block has no place in its name.
  const blocks = first("sub1") ? 1 : checkpoint.count((i) => `model.1.sub1.${i}.RDB1.conv1.0.weight`);
  return blocks === 0 ? null : { width: checkpoint.axis("model.0.weight", 0), blocks };
};

export const recogniseDbganSmall: Recognise = (checkpoint) =>
  checkpoint.has("convup_relu1.0.convtran.weight") && checkpoint.has("nla1.0.conv.weight")
    ? {
        width: checkpoint.axis("conv1.1.weight", 0),
        blocks: checkpoint.count((i) => `res1.${i}.module.0.weight`),
      }
    : null;

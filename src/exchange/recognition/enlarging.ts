/** @file Networks for super-resolution: RCAN, HAN, RDN, and the generators of ESRGAN. */
import type { CheckpointShapes, Recognise } from "./shapes.js";

/** Mean red of DIV2K in [0, 1]; the checkpoint holds it times rgbRange (`src/networks/residual-groups.ts`). */
const RED = 0.4488;

/** Scale, from the number of the enlargement's convolutions and their widths. */
function scaleOf(checkpoint: CheckpointShapes, features: number): number {
  const convs = checkpoint.count((i) => `tail.0.${2 * i}.weight`);
  const nine = checkpoint.axis("tail.0.0.weight", 0) === 9 * features;
  return nine ? 3 : 2 ** convs;
}

function residualGroups(checkpoint: CheckpointShapes) {
  const features = checkpoint.axis("head.0.weight", 0);
  const white = checkpoint.firstValue("add_mean.bias") / RED;
  return {
    features,
    groups: checkpoint.count((i) => `body.${i}.body.0.body.0.weight`),
    blocks: checkpoint.count((i) => `body.0.body.${i}.body.0.weight`),
    reduction: features / checkpoint.axis("body.0.body.0.body.3.conv_du.0.weight", 0),
    scale: scaleOf(checkpoint, features),
    // RCAN trains the mean colour, which stays near its initial value; white is 1 or 255 in all published code.
    rgbRange: Math.abs(white - 1) < 0.5 ? 1 : 255,
  };
}

const isResidualGroups = (checkpoint: CheckpointShapes): boolean =>
  checkpoint.has("head.0.weight") && checkpoint.has("body.0.body.0.body.3.conv_du.0.weight");

export const recogniseRcan: Recognise = (checkpoint) =>
  isResidualGroups(checkpoint) && !checkpoint.has("last_conv.weight") ? residualGroups(checkpoint) : null;

export const recogniseHan: Recognise = (checkpoint) => {
  if (!isResidualGroups(checkpoint) || !checkpoint.has("last_conv.weight")) return null;
  const settings = residualGroups(checkpoint);
  const attended = checkpoint.axis("last_conv.weight", 1) / settings.features;
  return { ...settings, attendLast: attended > settings.groups };
};

/** Scale of a last convolution that makes an enlarged pixel's colours as channels; 3 values for each pixel. */
const scaleOfPixels = (checkpoint: CheckpointShapes, name: string): number => Math.sqrt(checkpoint.axis(name, 0) / 3);

export const recogniseRdn: Recognise = (checkpoint) =>
  checkpoint.has("F_m1.weight") && checkpoint.has("UPN3.weight")
    ? {
        features: checkpoint.axis("F_m1.weight", 0),
        growth: checkpoint.axis("F_1_1.weight", 0),
        convs: checkpoint.count((i) => `F_1_${i + 1}.weight`),
        blocks: checkpoint.count((i) => `LFF_${i + 1}.weight`),
        scale: scaleOfPixels(checkpoint, "UPN3.weight"),
      }
    : null;

export const recogniseRrdn: Recognise = (checkpoint) =>
  checkpoint.has("Pre_blocks_conv.weight") && checkpoint.has("PreShuffle.weight")
    ? {
        features: checkpoint.axis("Pre_blocks_conv.weight", 0),
        growth: checkpoint.axis("F_1_1_1.weight", 0),
        convs: checkpoint.count((i) => `F_1_1_${i + 1}.weight`),
        denseBlocks: checkpoint.count((i) => `LFF_1_${i + 1}.weight`),
        blocks: checkpoint.count((i) => `LFF_${i + 1}_1.weight`),
        scale: scaleOfPixels(checkpoint, "PreShuffle.weight"),
      }
    : null;

export const recogniseRrdbNet: Recognise = (checkpoint) =>
  checkpoint.has("conv_first.weight") && checkpoint.has("body.0.rdb1.conv1.weight")
    ? {
        features: checkpoint.axis("conv_first.weight", 0),
        growth: checkpoint.axis("body.0.rdb1.conv1.weight", 0),
        blocks: checkpoint.count((i) => `body.${i}.rdb1.conv1.weight`),
        scale: 4 / Math.sqrt(checkpoint.axis("conv_first.weight", 1) / 3),
      }
    : null;

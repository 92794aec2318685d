/** @file Recognition of the paper's conditional U-Net and SR3's, which differ in the names of their blocks' parts. */
import type { CheckpointShapes, Recognise } from "./shapes.js";

/**
 * The number of groups leaves no trace. This is the published number, or a smaller one if it does not divide all
 * widths.
 */
const groupsFor = (width: number, published: number): number => {
  let groups = published;
  while (groups > 1 && width % groups !== 0) groups /= 2;
  return groups;
};

function sr3Settings(checkpoint: CheckpointShapes, block: string) {
  const width = checkpoint.axis("downs.0.weight", 0);
  const firstConv = (index: number) => `downs.${index}.${block}block1.block.3.weight`;
  const levels: { channels: number; blocks: number; attends: boolean }[] = [{ channels: 0, blocks: 0, attends: false }];
  for (let i = 1; checkpoint.has(firstConv(i)) || checkpoint.has(`downs.${i}.conv.weight`); i++) {
    const level = levels.at(-1)!;
    if (!checkpoint.has(firstConv(i))) {
      levels.push({ channels: 0, blocks: 0, attends: false });
      continue;
    }
    level.channels = checkpoint.axis(firstConv(i), 0);
    level.blocks++;
    level.attends ||= checkpoint.has(`downs.${i}.attn.qkv.weight`);
  }
  return {
    levels,
    settings: {
      inChannels: checkpoint.axis("downs.0.weight", 1),
      outChannels: checkpoint.axis("final_conv.block.3.weight", 0),
      width,
      multipliers: levels.map(({ channels }) => channels / width),
      blocksPerLevel: levels[0]!.blocks,
    },
  };
}

export const recogniseConditionalUnet: Recognise = (checkpoint) => {
  if (!checkpoint.has("downs.1.block1.block.3.weight")) return null;
  const { settings } = sr3Settings(checkpoint, "");
  return { ...settings, groups: groupsFor(settings.width, 16) };
};

/** SR3 was published with 32 groups, except for the larger network (64 to 512 px), which has 16 and this form. */
const groupsOf = ({ blocksPerLevel, multipliers }: ReturnType<typeof sr3Settings>["settings"]): number =>
  blocksPerLevel === 1 && multipliers.join() === "1,2,4,8,16" ? 16 : 32;

export const recogniseSr3: Recognise = (checkpoint) => {
  if (!checkpoint.has("downs.1.res_block.block1.block.3.weight")) return null;
  const { settings, levels } = sr3Settings(checkpoint, "res_block.");
  return {
    ...settings,
    groups: groupsFor(settings.width, groupsOf(settings)),
    attentionLevels: [...levels.keys()].filter((level) => levels[level]!.attends),
  };
};

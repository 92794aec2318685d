/** @file Networks published for deblurring: HINet, MPRNet, MIMO-UNet, NAFNet, MAXIM. */
import type { Recognise } from "./shapes.js";

export const recogniseHinet: Recognise = (checkpoint) => {
  if (!checkpoint.has("down_path_1.0.identity.weight") || !checkpoint.has("sam12.conv1.weight")) return null;
  const depth = checkpoint.count((i) => `down_path_1.${i}.identity.weight`);
  const normalised = [...new Array<number>(depth).keys()].filter((i) => checkpoint.has(`down_path_1.${i}.norm.weight`));
  return {
    width: checkpoint.axis("conv_01.weight", 0),
    depth,
    normalisedLevels: [normalised[0] ?? depth, normalised.at(-1) ?? depth],
  };
};

export const recogniseMprnet: Recognise = (checkpoint) => {
  if (!checkpoint.has("stage3_orsnet.orb1.body.0.body.0.weight")) return null;
  const features = checkpoint.axis("shallow_feat1.0.weight", 0);
  return {
    features,
    featuresPerScale: checkpoint.axis("stage1_encoder.down12.down.1.weight", 0) - features,
    extraFeatures: checkpoint.axis("tail.weight", 1) - features,
    blocks: checkpoint.count((i) => `stage3_orsnet.orb1.body.${i}.body.0.weight`),
    reduction: features / checkpoint.axis("shallow_feat1.1.CA.conv_du.0.weight", 0),
  };
};

/** The dropout of MIMO-UNet+ in training leaves no trace in a checkpoint; it does not affect restoration. */
export const recogniseMimoUnet: Recognise = (checkpoint) =>
  checkpoint.has("feat_extract.0.main.0.weight") && checkpoint.has("AFFs.0.conv.0.main.0.weight")
    ? {
        width: checkpoint.axis("feat_extract.0.main.0.weight", 0),
        blocks: checkpoint.count((i) => `Encoder.0.layers.${i}.main.0.main.0.weight`),
      }
    : null;

/**
 * The region of its means leaves no trace; the published figures are of NAFNetLocal, made for training crops of 256 px.
 */
export const recogniseNafnet: Recognise = (checkpoint) => {
  if (!checkpoint.has("intro.weight") || !checkpoint.has("ending.weight") || !checkpoint.has("downs.0.weight"))
    return null;
  const blocks = (path: string): number => checkpoint.count((i) => `${path}.${i}.conv1.weight`);
  const levels = [...new Array<number>(checkpoint.count((i) => `downs.${i}.weight`)).keys()];
  return {
    width: checkpoint.axis("intro.weight", 0),
    encoderBlocks: levels.map((level) => blocks(`encoders.${level}`)),
    middleBlocks: blocks("middle_blks"),
    decoderBlocks: levels.map((level) => blocks(`decoders.${level}`)),
    pooling: { kind: "local", trainPx: 256 },
  };
};

export const recogniseMaxim: Recognise = (checkpoint) => {
  if (!checkpoint.has("stage_0_input_conv_0.weight") || !checkpoint.has("UpSampleRatio_0.Conv_0.weight")) return null;
  const stages = checkpoint.count((i) => `stage_${i}_input_conv_0.weight`);
  const output = `stage_${stages - 1}_output_conv_`;
  const ends = checkpoint.has(`${output}0.weight`) ? "output" : "attention";
  const coarse =
    ends === "output" ? `${output}1.weight` : `stage_${stages - 1}_supervised_attention_module_1.Conv_1.weight`;
  return {
    inChannels: checkpoint.axis("stage_0_input_conv_0.weight", 1),
    features: checkpoint.axis("stage_0_input_conv_0.weight", 0),
    stages,
    ends,
    coarseOutputs: checkpoint.has(coarse),
  };
};

/**
 * @file What each reference file of golden/networks is here: its network from the published config, and its training
 * loss.
 */
import { losses } from "../../src/diffusion/losses.js";
import { add, mul } from "../../src/graph/ops/arithmetic.js";
import { resample } from "../../src/graph/ops/resample.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { conditionalUnet, conditionalUnetSchema } from "../../src/networks/conditional-unet.js";
import { han, hanSchema } from "../../src/networks/han.js";
import { hinet, hinetSchema } from "../../src/networks/hinet.js";
import { mimoUnet, mimoUnetSchema } from "../../src/networks/mimo-unet.js";
import { mprnet, mprnetSchema } from "../../src/networks/mprnet.js";
import { nafnet, nafnetSchema } from "../../src/networks/nafnet.js";
import type { Network } from "../../src/networks/network.js";
import { rcan, rcanSchema } from "../../src/networks/rcan.js";
import { sr3, sr3Schema } from "../../src/networks/sr3.js";
import { charbonnierLoss } from "../../src/nn/losses/charbonnier.js";
import { edgeLoss } from "../../src/nn/losses/edge.js";
import { frequencyLoss } from "../../src/nn/losses/frequency.js";
import { psnrLoss } from "../../src/nn/losses/psnr.js";
import type { Attributes } from "./checks/ops/attributes.js";

/** max |a - b| / max |golden|. */
export interface Tolerances {
  readonly forward: number;
  readonly gradient: number;
}

export interface Reference {
  /** Loss in the value range of the published code. */
  readonly create: (config: Attributes) => Network;
  /** The official loss of all outputs, the final one last; the L1 loss of the final one when left out. */
  readonly loss?: (outputs: readonly Tensor[], target: Tensor) => Tensor;
  /** Some draws of its weights make float32's rounding grow beyond any tolerance. */
  readonly sensitive?: (config: Attributes) => boolean;
  /** Tolerances, where they differ from the fixtures' usual ones. `output`: statistics of the golden final output. */
  readonly tolerances?: (config: Attributes, output: { readonly std: number; readonly absmax: number }) => Tolerances;
}

export const USUAL: Tolerances = { forward: 2e-5, gradient: 2e-5 };
export const l1OfLast = (outputs: readonly Tensor[], target: Tensor): Tensor =>
  losses.l1.graph(outputs.at(-1)!, target);

type Term = (output: Tensor, target: Tensor) => Tensor;
const weightedSum = (outputs: readonly Tensor[], target: Tensor, terms: readonly (readonly [Term, number])[]): Tensor =>
  outputs
    .flatMap((output) => terms.map(([term, weight]) => mul(term(output, target), weight)))
    .reduce((sum, term) => add(sum, term));

const sr3Options = (config: Attributes) => ({
  inChannels: config.number("in_channel"),
  outChannels: config.number("out_channel"),
  width: config.number("inner_channel"),
  multipliers: config.numbers("channel_mults"),
  blocksPerLevel: config.number("res_blocks"),
  groups: config.number("norm_groups"),
  dropout: config.number("dropout"),
});

const residualGroupsOptions = (config: Attributes) => ({
  groups: config.number("n_resgroups"),
  blocks: config.number("n_resblocks"),
  features: config.number("n_feats"),
  reduction: config.number("reduction"),
  scale: config.numbers("scale")[0],
  rgbRange: config.number("rgb_range"),
});

/** References by the end of the reference file's path. */
const REFERENCES: Readonly<Record<string, Reference>> = {
  "DDPM/cond_ddpm.py": {
    create: (config) =>
      conditionalUnet(
        conditionalUnetSchema.parse({
          architecture: "conditional-unet",
          ...sr3Options(config),
          attention: config.boolean("attention", false) ? "linear" : "none",
        }),
      ),
    // Without a residual a normalisation stands behind each attention and enlarges what differs between positions, and
    // its rounding.
    sensitive: (config) => config.boolean("attention", false),
    tolerances: (config) => (config.boolean("attention", false) ? { forward: 1e-4, gradient: 2e-3 } : USUAL),
  },
  "sr3_modules/unet.py": {
    create: (config) => {
      const sizes = config.numbers("channel_mults").map((_, level) => config.number("image_size") / 2 ** level);
      const attends = (size: number) => config.numbers("attn_res").includes(size);
      const attentionLevels = [...sizes.keys()].filter((level) => attends(sizes[level]!));
      return sr3(sr3Schema.parse({ architecture: "sr3", ...sr3Options(config), attentionLevels }));
    },
  },
  "code/model/rcan.py": {
    create: (config) => rcan(rcanSchema.parse({ architecture: "rcan", ...residualGroupsOptions(config) })),
    // Values up to 255 whose mean is subtracted and added: the error is to be small beside their spread.
    tolerances: (_, { std, absmax }) => ({ ...USUAL, forward: (1e-4 * std) / absmax }),
  },
  "src/model/han.py": {
    create: (config) => han(hanSchema.parse({ architecture: "han", ...residualGroupsOptions(config) })),
  },
  "archs/hinet_arch.py": {
    create: (config) =>
      hinet(
        hinetSchema.parse({
          architecture: "hinet",
          width: config.number("wf"),
          depth: config.number("depth"),
          normalisedLevels: [config.number("hin_position_left"), config.number("hin_position_right")],
        }),
      ),
    loss: (outputs, target) => weightedSum(outputs, target, [[psnrLoss, 0.5]]),
  },
  "models/MIMOUNet.py": {
    create: (config) =>
      mimoUnet(
        mimoUnetSchema.parse({
          architecture: "mimo-unet",
          width: config.number("base_channel"),
          blocks: config.number("num_res"),
        }),
      ),
    // At every scale, with the target shrunk to it.
    loss: (outputs, target) =>
      outputs
        .map((output) => {
          const size = output.shape.slice(-2);
          const shrunk =
            output.shape.join() === target.shape.join() ? target : resample(target, { mode: "bilinear", size });
          return add(losses.l1.graph(output, shrunk), mul(frequencyLoss(output, shrunk), 0.1));
        })
        .reduce((sum, term) => add(sum, term)),
  },
  "archs/NAFNet_arch.py": {
    create: (config) =>
      nafnet(
        nafnetSchema.parse({
          architecture: "nafnet",
          width: config.number("width"),
          encoderBlocks: config.numbers("enc_blk_nums"),
          middleBlocks: config.number("middle_blk_num"),
          decoderBlocks: config.numbers("dec_blk_nums"),
          pooling: config.has("train_size")
            ? { kind: "local", trainPx: config.numbers("train_size").at(-1) }
            : undefined,
        }),
      ),
    loss: (outputs, target) => weightedSum(outputs, target, [[psnrLoss, 1]]),
  },
  "Deblurring/MPRNet.py": {
    create: (config) =>
      mprnet(
        mprnetSchema.parse({
          architecture: "mprnet",
          features: config.number("n_feat"),
          featuresPerScale: config.number("scale_unetfeats"),
          extraFeatures: config.number("scale_orsnetfeats"),
          blocks: config.number("num_cab"),
          reduction: config.number("reduction"),
        }),
      ),
    loss: (outputs, target) =>
      weightedSum(outputs, target, [
        [charbonnierLoss, 1],
        [edgeLoss, 0.05],
      ]),
  },
};

export const referenceOf = (path: string): Reference | undefined =>
  Object.entries(REFERENCES).find(([end]) => path.endsWith(end))?.[1];

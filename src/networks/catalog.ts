/** @file Catalog of the architectures. Configurations, the command line and the docs read this list. */
import * as z from "zod";
import { type ConditionalUnetConfig, conditionalUnet, conditionalUnetSchema } from "./conditional-unet.js";
import { type DbganConfig, dbgan, dbganSchema } from "./dbgan.js";
import { type FpnInceptionConfig, fpnInception, fpnInceptionSchema } from "./deblurgan/fpn-inception.js";
import { type FpnMobilenetConfig, fpnMobilenet, fpnMobilenetSchema } from "./deblurgan/fpn-mobilenet.js";
import { type DeblurganConfig, deblurgan, deblurganSchema } from "./deblurgan/resnet-generator.js";
import { type HanConfig, han, hanSchema } from "./han.js";
import { type HinetConfig, hinet, hinetSchema } from "./hinet.js";
import { type DwdnConfig, dwdn, dwdnSchema } from "./known-kernel/dwdn.js";
import { type InfwideConfig, infwide, infwideSchema } from "./known-kernel/infwide.js";
import { type NbdnConfig, nbdn, nbdnSchema } from "./known-kernel/nbdn.js";
import { type MaximConfig, maxim, maximSchema } from "./maxim.js";
import { type MimoUnetConfig, mimoUnet, mimoUnetSchema } from "./mimo-unet.js";
import { type MotionBankConfig, motionBank, motionBankSchema } from "./motion-bank.js";
import { type MprnetConfig, mprnet, mprnetSchema } from "./mprnet.js";
import { type NafnetConfig, nafnet, nafnetSchema } from "./nafnet.js";
import type { Network } from "./network.js";
import { inSignedRange } from "./pixel-range.js";
import { type RcanConfig, rcan, rcanSchema } from "./rcan.js";
import {
  type BlurGeneratorConfig,
  blurGeneratorOfSigned,
  blurGeneratorSchema,
  type DbganSmallConfig,
  dbganSmall,
  dbganSmallSchema,
} from "./realistic-blur.js";
import {
  type RdnConfig,
  type RrdbNetConfig,
  type RrdnConfig,
  rdn,
  rdnSchema,
  rrdbNet,
  rrdbNetSchema,
  rrdn,
  rrdnSchema,
} from "./residual-dense.js";
import { type ResidualUnetConfig, residualUnet, residualUnetSchema } from "./residual-unet.js";
import { type Sr3NetworkConfig, sr3, sr3Schema } from "./sr3.js";

/** The configuration of any architecture, discriminated by `architecture`. */
export const networkConfigSchema = z.discriminatedUnion("architecture", [
  residualUnetSchema,
  motionBankSchema,
  conditionalUnetSchema,
  sr3Schema,
  rcanSchema,
  hanSchema,
  rdnSchema,
  rrdnSchema,
  rrdbNetSchema,
  hinetSchema,
  mprnetSchema,
  mimoUnetSchema,
  nafnetSchema,
  maximSchema,
  deblurganSchema,
  fpnMobilenetSchema,
  fpnInceptionSchema,
  dbganSchema,
  dbganSmallSchema,
  blurGeneratorSchema,
  dwdnSchema,
  infwideSchema,
  nbdnSchema,
]);
export type NetworkConfig = z.infer<typeof networkConfigSchema>;
export type Architecture = NetworkConfig["architecture"];

export interface ArchitectureEntry<Config> {
  readonly summary: string;
  readonly source: string;
  readonly create: (config: Config) => Network;
}

interface Configs {
  "residual-unet": ResidualUnetConfig;
  "motion-bank": MotionBankConfig;
  "conditional-unet": ConditionalUnetConfig;
  sr3: Sr3NetworkConfig;
  rcan: RcanConfig;
  han: HanConfig;
  rdn: RdnConfig;
  rrdn: RrdnConfig;
  "rrdb-net": RrdbNetConfig;
  hinet: HinetConfig;
  mprnet: MprnetConfig;
  "mimo-unet": MimoUnetConfig;
  nafnet: NafnetConfig;
  maxim: MaximConfig;
  deblurgan: DeblurganConfig;
  "fpn-mobilenet": FpnMobilenetConfig;
  "fpn-inception": FpnInceptionConfig;
  dbgan: DbganConfig;
  "dbgan-small": DbganSmallConfig;
  "blur-generator": BlurGeneratorConfig;
  dwdn: DwdnConfig;
  infwide: InfwideConfig;
  nbdn: NbdnConfig;
}

export const ARCHITECTURES: { readonly [A in Architecture]: ArchitectureEntry<Configs[A]> } = {
  "residual-unet": {
    summary:
      "U-shaped network of residual blocks on pixel-unshuffled images, without normalisation or attention: any size, exact tiles",
    source: "this project",
    create: residualUnet,
  },
  "motion-bank": {
    summary: "inverse filters of many motions, mixed by a small network that estimates the motion at each place",
    source:
      "this project, after Sun et al. 2015, Learning a Convolutional Neural Network for Non-uniform Motion Blur Removal",
    create: motionBank,
  },
  "conditional-unet": {
    summary: "the paper's conditional DDPM: SR3's U-Net with linear attention in every block",
    source: "Song, Leem, Kang, Ledwon, Image Deblurring with Generative Diffusion Process",
    create: conditionalUnet,
  },
  sr3: {
    summary: "SR3's U-Net with softmax self-attention at chosen levels",
    source: "Saharia et al. 2021, Image Super-Resolution via Iterative Refinement",
    create: sr3,
  },
  rcan: {
    summary: "residual groups of blocks with channel attention, all at full resolution; a super-resolution network",
    source: "Zhang et al. 2018, Image Super-Resolution Using Very Deep Residual Channel Attention Networks",
    create: (config) => inSignedRange(rcan(config), config.rgbRange),
  },
  han: {
    summary:
      "RCAN with attention between the results of its groups and over channels and positions; a super-resolution network",
    source: "Niu et al. 2020, Single Image Super-Resolution via a Holistic Attention Network",
    create: (config) => inSignedRange(han(config), config.rgbRange),
  },
  rdn: {
    summary: "residual dense blocks, whose results are fused; a small super-resolution network",
    source: "Zhang et al. 2018, Residual Dense Network for Image Super-Resolution",
    create: (config) => inSignedRange(rdn(config), 255),
  },
  rrdn: {
    summary: "ESRGAN's generator as UpscalerJS publishes it: residual-in-residual dense blocks, pixel shuffle",
    source: "Wang et al. 2018, ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks",
    create: (config) => inSignedRange(rrdn(config), 1),
  },
  "rrdb-net": {
    summary: "ESRGAN's and Real-ESRGAN's generator: residual-in-residual dense blocks, enlargement by nearest pixels",
    source: "Wang et al. 2018, ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks",
    create: (config) => inSignedRange(rrdbNet(config), 1),
  },
  hinet: {
    summary: "two consecutive U-Nets that normalise half of their channels over the whole photo",
    source: "Chen et al. 2021, HINet: Half Instance Normalization Network for Image Restoration",
    create: (config) => inSignedRange(hinet(config), 1),
  },
  mprnet: {
    summary: "three stages with channel attention, which see quarters, halves and the whole of the photo",
    source: "Zamir et al. 2021, Multi-Stage Progressive Image Restoration",
    create: (config) => inSignedRange(mprnet(config), 1),
  },
  "mimo-unet": {
    summary: "one U-Net with the photo at three scales as input and output; no global means",
    source: "Cho et al. 2021, Rethinking Coarse-to-Fine Approach in Single Image Deblurring",
    create: (config) => inSignedRange(mimoUnet(config), 1),
  },
  nafnet: {
    summary: "a U-Net of blocks without activation functions, with simplified channel attention",
    source: "Chen et al. 2022, Simple Baselines for Image Restoration",
    create: (config) => inSignedRange(nafnet(config), 1),
  },
  maxim: {
    summary: "U-Nets whose blocks mix positions by gated MLPs, within blocks and over a grid of the whole picture",
    source: "Tu et al. 2022, MAXIM: Multi-Axis MLP for Image Processing",
    create: (config) => inSignedRange(maxim(config), 1),
  },
  deblurgan: {
    summary: "DeblurGAN's generator: residual blocks at a quarter of the photo's size, trained against a discriminator",
    source: "Kupyn et al. 2018, DeblurGAN: Blind Motion Deblurring Using Conditional Adversarial Networks",
    create: deblurgan,
  },
  "fpn-mobilenet": {
    summary: "DeblurGAN-v2's small generator: a feature pyramid on MobileNetV2, trained against two discriminators",
    source: "Kupyn et al. 2019, DeblurGAN-v2: Deblurring (Orders-of-Magnitude) Faster and Better",
    create: fpnMobilenet,
  },
  "fpn-inception": {
    summary: "DeblurGAN-v2's large generator: a feature pyramid on Inception-ResNet-v2",
    source: "Kupyn et al. 2019, DeblurGAN-v2: Deblurring (Orders-of-Magnitude) Faster and Better",
    create: fpnInception,
  },
  dbgan: {
    summary: "DBGAN's generator: ESRGAN's residual-in-residual dense blocks at full size, without normalisation",
    source: "Zhang et al. 2020, Deblurring by Realistic Blurring",
    create: (config) => inSignedRange(dbgan(config), 1),
  },
  "dbgan-small": {
    summary: "the deblurring generator of a reimplementation of DBGAN: blocks with channel attention at half size",
    source: "jkhu29, Deblurring-by-Realistic-Blurring, after Zhang et al. 2020, Deblurring by Realistic Blurring",
    create: (config) => inSignedRange(dbganSmall(config), 255),
  },
  "blur-generator": {
    summary: "the generator of the same reimplementation that blurs a sharp photo by a noise map; restores nothing",
    source: "jkhu29, Deblurring-by-Realistic-Blurring, after Zhang et al. 2020, Deblurring by Realistic Blurring",
    create: blurGeneratorOfSigned,
  },
  dwdn: {
    summary: "given the kernel of the blur: a Wiener filter of features, refined by a U-Net at two scales",
    source: "Dong et al. 2020, Deep Wiener Deconvolution: Wiener Meets Deep Learning for Image Deblurring",
    create: (config) => inSignedRange(dwdn(config), 1),
  },
  infwide: {
    summary:
      "given the kernel of the blur, for night photos: Wiener filters of features and of the denoised photo, fused",
    source: "Zhang et al. 2023, INFWIDE: Image and Feature Space Wiener Deconvolution Network",
    create: (config) => inSignedRange(infwide(config), 1),
  },
  nbdn: {
    summary:
      "given the kernel of the blur, for night photos: conjugate gradients with a confidence map and learned priors",
    source: "after Chen et al. 2021, Learning a Non-blind Deblurring Network for Night Blurry Images",
    create: (config) => inSignedRange(nbdn(config), 1),
  },
};

/** Architectures of networks that are given the kernel of the blur (`Network.takesKernel`). */
export const KERNEL_ARCHITECTURES = ["dwdn", "infwide", "nbdn"] as const satisfies readonly Architecture[];

/** Creates a network with its parameters. `forward` builds its graph, anew for each size. */
export function createNetwork(config: NetworkConfig): Network {
  // The map and the union have the same keys; the compiler cannot infer this from the index.
  const entry = ARCHITECTURES[config.architecture] as ArchitectureEntry<NetworkConfig>;
  return entry.create(config);
}

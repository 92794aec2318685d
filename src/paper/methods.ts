/**
 * @file The methods of Table 1 with the paper's numbers and the settings of every scale, and methods from its
 * references.
 */
import type { RunConfig } from "../training/run-config.js";
import type { PlannedModel, PlannedRun, Setting } from "./plan.js";
import { type Reduction, runOn } from "./reduce.js";
import type { Scale } from "./scale.js";

/** Sides of the training crops that the paper compares, in pixels. */
export const TRAINING_CROPS_PX = [64, 128] as const;
export type TrainingCropPx = (typeof TRAINING_CROPS_PX)[number];

export interface Method {
  readonly id: string;
  readonly label: string;
  /**
   * PSNR in dB on crops of 64 px by the side of the training crops, and millions of parameters, from the paper's Table
   * 1; null for a method that is not in it.
   */
  readonly paper: { readonly psnr: Readonly<Record<TrainingCropPx, number>>; readonly parametersM: number } | null;
  /** Name of the paper-scale config under `configs/`; its crops are replaced. */
  readonly config: string;
  /**
   * Fields of the network's config in which the paper's network differs from the published one, inferred from its
   * parameter count.
   */
  readonly network: Readonly<Record<string, unknown>>;
  readonly reductions: Readonly<Record<Exclude<Scale, "paper">, Reduction>>;
  /** The network pools over the whole picture and has a local form. */
  readonly pools: boolean;
  /** The method draws samples. */
  readonly draws: boolean;
}

/**
 * Noise levels uniform in log-SNR, from -35 dB (log-SNR -8) on. The paper draws one of 2000 steps for each batch; four
 * of five are below -8 dB, so a short training would see little but noise.
 */
const VISIBLE = { kind: "log-snr", lowest: -8 } as const;

/** Adversarial training without imported weights, against narrow discriminators. */
const NARROW_DISCRIMINATORS = {
  content: "l1",
  discriminators: [
    { width: 16, layers: 3, normalisation: "instance" },
    { width: 16, layers: 5, normalisation: "instance" },
  ],
  frozenSteps: 0,
} as const;

export const METHODS = [
  {
    id: "ddpm",
    label: "Conditional DDPM",
    paper: { psnr: { 64: 22.17, 128: 22.48 }, parametersM: 20.74 },
    config: "paper/ddpm-64",
    network: {},
    reductions: {
      tiny: {
        network: { width: 16, groups: 8, blocksPerLevel: 1, dropout: 0 },
        sampling: { spacing: VISIBLE, steps: 25 },
        levels: VISIBLE,
        ...{ batchSize: 8, steps: 1500, peak: 1e-3 },
      },
      small: {
        network: { width: 48, groups: 8, dropout: 0 },
        sampling: { spacing: VISIBLE, steps: 100 },
        levels: VISIBLE,
        ...{ batchSize: 8, steps: 12_000, peak: 3e-4 },
      },
    },
    pools: false,
    draws: true,
  },
  {
    id: "han",
    label: "HAN",
    paper: { psnr: { 64: 25.17, 128: 24.1 }, parametersM: 15.74 },
    config: "baselines/han",
    network: { attendLast: false },
    reductions: {
      tiny: {
        network: { groups: 3, blocks: 3, features: 24, reduction: 4 },
        ...{ batchSize: 8, steps: 550, peak: 1e-3 },
      },
      small: {
        network: { groups: 5, blocks: 8, features: 32 },
        ...{ batchSize: 8, steps: 12_000, peak: 4e-4 },
      },
    },
    pools: true,
    draws: false,
  },
  {
    id: "rcan",
    label: "RCAN",
    paper: { psnr: { 64: 25.18, 128: 24.03 }, parametersM: 15.3 },
    config: "baselines/rcan",
    network: {},
    reductions: {
      tiny: {
        network: { groups: 3, blocks: 3, features: 24, reduction: 4 },
        ...{ batchSize: 8, steps: 600, peak: 1e-3 },
      },
      small: {
        network: { groups: 5, blocks: 8, features: 32 },
        ...{ batchSize: 8, steps: 12_000, peak: 4e-4 },
      },
    },
    pools: true,
    draws: false,
  },
  {
    id: "mimo-unet",
    label: "MIMO-UNet",
    paper: { psnr: { 64: 28.8, 128: 28.42 }, parametersM: 9.91 },
    config: "baselines/mimo-unet",
    network: { blocks: 12 },
    reductions: {
      tiny: {
        network: { width: 16, blocks: 2 },
        ...{ batchSize: 8, steps: 850, peak: 1e-3 },
      },
      small: {
        network: { width: 24, blocks: 4 },
        ...{ batchSize: 8, steps: 12_000, peak: 4e-4 },
      },
    },
    pools: false,
    draws: false,
  },
  {
    id: "deblurgan-v2",
    // The generator on Inception-ResNet-v2 cannot be trained on crops of 64 px.
    label: "DeblurGAN-v2, MobileNet",
    paper: null,
    config: "gan/fpn-mobilenet",
    network: {},
    reductions: {
      tiny: {
        network: { filters: 16, pyramidFilters: 32, widthMultiplier: 0.25 },
        objective: NARROW_DISCRIMINATORS,
        ...{ batchSize: 8, steps: 700, peak: 1e-3 },
      },
      small: {
        network: { filters: 32, pyramidFilters: 64, widthMultiplier: 0.5 },
        objective: NARROW_DISCRIMINATORS,
        ...{ batchSize: 8, steps: 12_000, peak: 4e-4 },
      },
    },
    pools: false,
    draws: false,
  },
  {
    id: "dbgan",
    label: "DBGAN's generator",
    paper: null,
    config: "gan/dbgan",
    network: {},
    reductions: {
      tiny: {
        network: { width: 16, blocks: 1 },
        objective: NARROW_DISCRIMINATORS,
        ...{ batchSize: 4, steps: 400, peak: 1e-3 },
      },
      small: {
        network: { width: 32, blocks: 4 },
        objective: NARROW_DISCRIMINATORS,
        ...{ batchSize: 8, steps: 6000, peak: 4e-4 },
      },
    },
    pools: false,
    draws: false,
  },
] as const satisfies readonly Method[];

/** The traditional method that the paper contrasts itself with: blind deconvolution, without a network or training. */
const DECONVOLUTION: PlannedModel = {
  id: "deconvolution",
  label: "Blind deconvolution, untrained",
  model: "deconvolution",
  note: "Blind deconvolution has no network and no training. It needs a view of the blur, which small crops hardly give.",
  msPerMegapixel: 20_000,
};

/** The package's own model. */
const DEFAULT: PlannedModel = {
  id: "default",
  label: "unblur's default, as packaged",
  model: "default",
  note: "unblur's default model was trained elsewhere, on more pictures and for longer, for whole photos. Its row says where the package stands, not how its method compares.",
  msPerMegapixel: 20_000,
};

export const MODELS = [DECONVOLUTION, DEFAULT] as const;

/** The run of a method at a crop size. Experiments with the same run share its training. */
export function methodRun(setting: Setting, method: Method, cropPx: TrainingCropPx): PlannedRun {
  const id = `${method.id}-${cropPx}`;
  const config: RunConfig = runOn(setting, setting.config(method.config), {
    name: `${setting.scale}-${id}`,
    cropPx,
    network: method.network,
    reduction: setting.scale === "paper" ? null : method.reductions[setting.scale],
  });
  return { id, label: `${method.label}, trained at ${cropPx} px`, config };
}

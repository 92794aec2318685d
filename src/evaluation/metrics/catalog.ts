/** @file Catalog of metrics: name, meaning, computation. All measure pictures rounded to 8 bits. */
import { UnblurError } from "../../base/errors.js";
import type { Perception, PerceptualMetric } from "../perception.js";
import { highFrequencyRatio } from "./high-frequency.js";
import { checkSameSize, type Levels } from "./levels.js";
import { lumaBt601 } from "./luma.js";
import { msSsim } from "./ms-ssim.js";
import { niqe } from "./niqe.js";
import { psnr } from "./psnr.js";
import { register, registrationMargin } from "./register.js";
import { ssim } from "./ssim.js";
import { toneError } from "./tone-error.js";

export interface Metric {
  /** Definition in one line, for the table's legend and the help. */
  readonly summary: string;
  /** "" for a number without unit. */
  readonly unit: string;
  readonly better: "higher" | "lower" | "nearer 1";
  /** Decimals in tables. */
  readonly digits: number;
  /** Returns whether a picture of this size can be measured; if not, `compute` throws `shape`. */
  readonly fits: (width: number, height: number) => boolean;
  /** Set if it needs networks, which the user imports. */
  readonly perceptual?: PerceptualMetric;
  /** A metric that needs networks throws `argument` without them. */
  readonly compute: (restored: Levels, truth: Levels, perception?: Perception) => number | Promise<number>;
}

const anySize = (): boolean => true;
const sidesFrom =
  (px: number) =>
  (width: number, height: number): boolean =>
    Math.min(width, height) >= px;

/** The smallest picture that leaves a pixel in the last layer of all its networks. */
const PERCEPTUAL_SIDE_PX = 32;

const byNetwork = (metric: PerceptualMetric) => ({
  ...{ unit: "", better: "lower" as const, digits: 4 },
  perceptual: metric,
  fits: sidesFrom(PERCEPTUAL_SIDE_PX),
  compute: (restored: Levels, truth: Levels, perception?: Perception): Promise<number> => {
    checkSameSize(metric, restored, truth);
    if (perception) return perception.distance(metric, restored, truth);
    throw new UnblurError("argument", `${metric}: needs the networks of a Perception; open one and give it`);
  },
});

export const METRICS = {
  psnr: {
    summary: "peak signal-to-noise ratio over RGB rounded to 8 bits",
    ...{ unit: "dB", better: "higher", digits: 3 },
    fits: anySize,
    compute: (restored, truth) => psnr(restored, truth),
  },
  ssim: {
    summary: "SSIM as in skimage: Gaussian window of 11 px, per RGB channel, without the border",
    ...{ unit: "", better: "higher", digits: 4 },
    fits: sidesFrom(11),
    compute: (restored, truth) => ssim(restored, truth),
  },
  "psnr-registered": {
    summary: "PSNR after the best shift to an eighth of a pixel, without a border of 25 px",
    ...{ unit: "dB", better: "higher", digits: 3 },
    fits: anySize,
    compute: (restored, truth) => {
      const registered = register(restored, truth);
      return psnr(registered.restored, registered.truth);
    },
  },
  "ssim-registered": {
    summary: "SSIM after the same shift",
    ...{ unit: "", better: "higher", digits: 4 },
    fits: (width, height) => Math.min(width, height) - 2 * registrationMargin(width, height) >= 11,
    compute: (restored, truth) => {
      const registered = register(restored, truth);
      return ssim(registered.restored, registered.truth);
    },
  },
  "tone-error": {
    summary: "mean absolute difference between block means (64 px), in levels of 255",
    ...{ unit: "levels", better: "lower", digits: 2 },
    fits: anySize,
    compute: toneError,
  },
  "high-frequency": {
    summary: "power above about 0.19 cycles per pixel, relative to the truth's",
    ...{ unit: "", better: "nearer 1", digits: 3 },
    fits: sidesFrom(7),
    compute: highFrequencyRatio,
  },
  "psnr-y": {
    summary: "PSNR of the Y channel (BT.601) as in BasicSR",
    ...{ unit: "dB", better: "higher", digits: 3 },
    fits: anySize,
    compute: (restored, truth) => psnr(lumaBt601(restored), lumaBt601(truth)),
  },
  "ssim-y": {
    summary: "SSIM of the Y channel (BT.601) as in BasicSR",
    ...{ unit: "", better: "higher", digits: 4 },
    fits: sidesFrom(11),
    compute: (restored, truth) => ssim(lumaBt601(restored), lumaBt601(truth)),
  },
  "ssim-matlab": {
    summary:
      "SSIM as in MATLAB on an RGB array, used in the tables of MPRNet, HINet and NAFNet; far higher than skimage's",
    ...{ unit: "", better: "higher", digits: 4 },
    fits: anySize,
    compute: (restored, truth) => ssim(restored, truth, "matlab-volume"),
  },
  "ms-ssim": {
    summary: "multi-scale SSIM as in pytorch-msssim; needs sides above 160 px",
    ...{ unit: "", better: "higher", digits: 4 },
    fits: sidesFrom(161),
    compute: msSsim,
  },
  niqe: {
    summary: "naturalness without a truth, as in BasicSR; needs at least two blocks of 96 px",
    ...{ unit: "", better: "lower", digits: 3 },
    fits: (width, height) => Math.floor(width / 96) * Math.floor(height / 96) >= 2,
    compute: (restored) => niqe(restored),
  },
  "lpips-alex": {
    summary: "LPIPS 0.1 by AlexNet: learned perceptual distance; needs imported weights",
    ...byNetwork("lpips-alex"),
  },
  "lpips-squeeze": {
    summary: "LPIPS 0.1 by SqueezeNet; needs imported weights",
    ...byNetwork("lpips-squeeze"),
  },
  "lpips-vgg": {
    summary: "LPIPS 0.1 by VGG16; needs imported weights",
    ...byNetwork("lpips-vgg"),
  },
  dists: {
    summary: "DISTS at the picture's size: likeness of structure and texture; needs imported weights",
    ...byNetwork("dists"),
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
/** Metrics computed by default; none needs a network. */
export const DEFAULT_METRICS: readonly MetricName[] = [
  "psnr",
  "ssim",
  "ms-ssim",
  "niqe",
  "tone-error",
  "high-frequency",
];
/** Metrics of a restoration that is not aligned with its truth. */
export const REGISTERED_METRICS: readonly MetricName[] = ["psnr-registered", "ssim-registered"];

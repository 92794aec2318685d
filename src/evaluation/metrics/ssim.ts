/**
 * @file Structural similarity (Wang et al. 2004, "Image quality assessment: from error visibility to structural
 * similarity"). Papers compute it in several forms that differ by up to 0.4 on one picture, so a number means something
 * only together with the form's name.
 */
import type { BoundaryMode } from "../../images/boundary.js";
import { boundaryIndices } from "../../images/boundary.js";
import { channelOf, checkSameSize, type Levels, padLevels } from "./levels.js";
import { filterValid, gaussianTaps, uniformTaps } from "./window.js";

export interface SsimForm {
  /** Weights along each axis. */
  readonly taps: Float64Array;
  /** "valid": only where the window fits. Otherwise the picture is padded and every pixel counts. */
  readonly border: "valid" | BoundaryMode;
  /** Divide covariances by n - 1 instead of n. */
  readonly sample: boolean;
  /** Treat RGB as a volume: the window also covers the channels, which are padded like the borders. */
  readonly volume: boolean;
}

const GAUSSIAN = gaussianTaps(11, 1.5);

export const SSIM_FORMS = {
  /**
   * Default: skimage's structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False), which is
   * the original paper's window, per channel. The same as in BasicSR (calculate_ssim and _pt), MPRNet's RealBlur,
   * NAFNet in 2-D and pytorch-msssim.
   */
  skimage: { taps: GAUSSIAN, border: "valid", sample: false, volume: false },
  /** skimage's own defaults: a uniform 7 x 7 window, sample covariance. NAFNet's calculate_skimage_ssim. */
  "skimage-uniform": { taps: uniformTaps(7), border: "valid", sample: true, volume: false },
  /** skimage's map of every pixel, with symmetric padding. */
  "skimage-full": { taps: GAUSSIAN, border: "symmetric", sample: false, volume: false },
  /** MATLAB's ssim of an RGB array, used in the GoPro tables of MPRNet, HINet and NAFNet. Far higher on photographs. */
  "matlab-volume": { taps: GAUSSIAN, border: "replicate", sample: false, volume: true },
  /** NAFNet on the Y channel (`lumaBt601` first). */
  "replicate-border": { taps: GAUSSIAN, border: "replicate", sample: false, volume: false },
} as const satisfies Record<string, SsimForm>;

export type SsimFormName = keyof typeof SSIM_FORMS;

/** Weighted means of x, y, x^2 + y^2 and x y at each position of one channel. Variances enter only as their sum. */
type Moments = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

function momentsOf(x: Float64Array, y: Float64Array, width: number, height: number, taps: Float64Array): Moments {
  const power = x.map((value, i) => value * value + y[i]! * y[i]!);
  const product = x.map((value, i) => value * y[i]!);
  return [
    filterValid(x, width, height, taps),
    filterValid(y, width, height, taps),
    filterValid(power, width, height, taps),
    filterValid(product, width, height, taps),
  ];
}

/** Applies the window along the channels: every new channel is a weighted sum of the old ones. */
function mixChannels(channels: readonly Moments[], taps: Float64Array, mode: BoundaryMode): Moments[] {
  const margin = (taps.length - 1) / 2;
  const sources = boundaryIndices(mode, channels.length, margin, margin);
  return channels.map((_, channel) => {
    const weights = new Float64Array(channels.length);
    for (const [k, tap] of taps.entries()) {
      const source = sources[channel + k]!;
      if (source >= 0) weights[source]! += tap;
    }
    const mixed = (which: 0 | 1 | 2 | 3) =>
      channels[0]![which].map((_, i) =>
        channels.reduce((sum, moments, source) => sum + weights[source]! * moments[which][i]!, 0),
      );
    return [mixed(0), mixed(1), mixed(2), mixed(3)];
  });
}

export interface SsimMeans {
  readonly ssim: number;
  /** Contrast and structure without luminance, for the finer scales of MS-SSIM. */
  readonly contrast: number;
}

function means([mx, my, power, product]: Moments, { taps, sample }: SsimForm, range: number): SsimMeans {
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const count = taps.length ** 2;
  const scale = sample ? count / (count - 1) : 1;
  let [ssim, contrast] = [0, 0];
  for (let i = 0; i < mx.length; i++) {
    const [a, b] = [mx[i]!, my[i]!];
    const variances = scale * (power[i]! - a * a - b * b);
    const cs = (2 * scale * (product[i]! - a * b) + c2) / (variances + c2);
    contrast += cs;
    ssim += ((2 * a * b + c1) / (a * a + b * b + c1)) * cs;
  }
  return { ssim: ssim / mx.length, contrast: contrast / mx.length };
}

/** SSIM of each channel. Throws `shape` if the window does not fit. */
export function ssimPerChannel(
  restored: Levels,
  truth: Levels,
  form: SsimForm = SSIM_FORMS.skimage,
  range = 255,
): SsimMeans[] {
  checkSameSize("ssim", restored, truth);
  const { taps, border, volume } = form;
  const margin = (taps.length - 1) / 2;
  const [x, y] = border === "valid" ? [restored, truth] : [restored, truth].map((p) => padLevels(p, margin, border));
  const channels = Array.from({ length: truth.channels }, (_, c) =>
    momentsOf(channelOf(x!, c), channelOf(y!, c), x!.width, x!.height, taps),
  );
  const mixed = volume ? mixChannels(channels, taps, border === "valid" ? "replicate" : border) : channels;
  return mixed.map((moments) => means(moments, form, range));
}

/** Mean over the channels; 1 for equal pictures. `range` is the distance from black to white. */
export function ssim(restored: Levels, truth: Levels, form: SsimFormName = "skimage", range = 255): number {
  const channels = ssimPerChannel(restored, truth, SSIM_FORMS[form], range);
  return channels.reduce((sum, channel) => sum + channel.ssim, 0) / channels.length;
}

/**
 * @file L1 loss between unscaled Fourier spectra. The transform is linear, so it is applied to the difference.
 * Published versions differ in the spectrum and the norm: MIMO-UNet uses the full spectrum and both parts of each
 * value.
 */
import { add, sub } from "../../graph/ops/arithmetic.js";
import { maximum } from "../../graph/ops/compare.js";
import { abs, sqrt, square } from "../../graph/ops/elementwise.js";
import { fft2 } from "../../graph/ops/fourier.js";
import { mean } from "../../graph/ops/mean.js";
import { concat } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";

export interface FrequencyLossOptions {
  /**
   * `full`: all frequencies. `onesided`: the half that determines a real image, which halves the weight of all other
   * frequencies.
   */
  readonly spectrum?: "full" | "onesided";
  /** `parts`: mean of |re| and |im|. `modulus`: mean of the complex modulus. */
  readonly magnitude?: "parts" | "modulus";
}

/** prediction, target: [N, C, H, W] -> scalar. The defaults are MIMO-UNet's. */
export function frequencyLoss(
  prediction: Tensor,
  target: Tensor,
  { spectrum = "full", magnitude = "parts" }: FrequencyLossOptions = {},
): Tensor {
  const { re, im } = fft2(sub(prediction, target), { onesided: spectrum === "onesided" });
  if (magnitude === "parts") return mean(abs(concat([re, im], 0)));
  // The slope of the square root is unbounded at 0; the bound makes the gradient 0 there.
  return mean(sqrt(maximum(1e-30, add(square(re), square(im)))));
}

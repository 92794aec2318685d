/**
 * @file L1 between unscaled Fourier spectra. The Fourier transform is linear, so it is taken of the difference. Published code
 * agrees on the idea and not on the number: MIMO-UNet takes the full spectrum and both parts of each value.
 */
import { add, sub } from "../../graph/ops/arithmetic.js";
import { maximum } from "../../graph/ops/compare.js";
import { abs, sqrt, square } from "../../graph/ops/elementwise.js";
import { fft2 } from "../../graph/ops/fourier.js";
import { mean } from "../../graph/ops/mean.js";
import { concat } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";

export interface FrequencyLossOptions {
  /** `full`: all frequencies. `onesided`: those a real image needs, which gives the rest half the weight. */
  readonly spectrum?: "full" | "onesided";
  /** `parts`: mean of |re| and |im|. `modulus`: mean of the complex modulus. */
  readonly magnitude?: "parts" | "modulus";
}

/** prediction, target: [N, C, H, W] -> scalar. The defaults are MIMO-UNet's own. */
export function frequencyLoss(
  prediction: Tensor,
  target: Tensor,
  { spectrum = "full", magnitude = "parts" }: FrequencyLossOptions = {},
): Tensor {
  const { re, im } = fft2(sub(prediction, target), { onesided: spectrum === "onesided" });
  if (magnitude === "parts") return mean(abs(concat([re, im], 0)));
  // The square root has no slope at 0; there the gradient is to be 0.
  return mean(sqrt(maximum(1e-30, add(square(re), square(im)))));
}

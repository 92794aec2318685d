/**
 * @file DeblurGAN-v2's content loss (Kupyn et al. 2019, equation 4, as published code computes it): 0.006 times the
 * squared difference of VGG19's features, and half that of pixels.
 */
import { add, div, mul, sub } from "../../graph/ops/arithmetic.js";
import { constant } from "../../graph/ops/constant.js";
import { square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { concat, slice } from "../../graph/ops/shape.js";
import { stopGradient } from "../../graph/ops/stop-gradient.js";
import type { Tensor } from "../../graph/tensor.js";

/** Compared module of torchvision's VGG19: conv3_3 before its rectifier. */
export const PERCEPTUAL_LAYER = 14;

const [FEATURES, PIXELS] = [0.006, 0.5];
/** Mean and standard deviation of ImageNet's photos in 0 .. 1: red, green, blue. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/**
 * Input of VGG19. As in the published code, only the first picture of a batch is normalised as VGG19 expects it. The
 * pixel term compares these values, too.
 */
function normalised(image: Tensor): Tensor {
  const unit = mul(add(image, 1), 0.5);
  const perColour = (values: readonly number[]) => constant(values, [1, 3, 1, 1]);
  const first = div(sub(slice(unit, 0, 0, 1), perColour(MEAN)), perColour(DEVIATION));
  const size = unit.shape[0]!;
  return size === 1 ? first : concat([first, slice(unit, 0, 1, size)], 0);
}

const squaredError = (a: Tensor, b: Tensor): Tensor => mean(square(sub(a, b)));

/** restored, sharp: [N, 3, H, W], signed range -> scalar. `features`: the result of VGG19's module 14. */
export function perceptualLoss(restored: Tensor, sharp: Tensor, features: (image: Tensor) => Tensor): Tensor {
  const [made, real] = [normalised(restored), normalised(sharp)];
  const likeness = squaredError(features(made), stopGradient(features(real)));
  return add(mul(likeness, FEATURES), mul(squaredError(made, real), PIXELS));
}

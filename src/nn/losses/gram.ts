/**
 * @file Style loss (Gatys et al. 2016): difference between Gram matrices of VGG16's features, as the reimplementation
 * of DBGAN (jkhu29) trains its generators.
 */
import { add, div, mul, sub } from "../../graph/ops/arithmetic.js";
import { constant } from "../../graph/ops/constant.js";
import { square } from "../../graph/ops/elementwise.js";
import { matmul } from "../../graph/ops/matmul.js";
import { mean } from "../../graph/ops/mean.js";
import { reshape } from "../../graph/ops/shape.js";
import { stopGradient } from "../../graph/ops/stop-gradient.js";
import type { Tensor } from "../../graph/tensor.js";

/** Modules of torchvision's VGG16: the rectifiers of conv1_2, conv2_2, conv3_3 and conv4_3. */
export const GRAM_LAYERS = [3, 8, 15, 22] as const;

/** ImageNet's colours in the order blue, green, red, applied to red, green, blue: as published. */
const MEAN = [0.40760392, 0.4595686, 0.48501961];
const DEVIATION = [0.225, 0.224, 0.229];
/** Published training multiplies the normalised picture by this before VGG16. */
const TRAINED_SCALE = 255;

export type Features = (image: Tensor) => readonly Tensor[];

/** x: [N, C, H, W] -> [N, C, C]. */
function gram(x: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const rows = reshape(x, [batch, channels, height * width]);
  return mul(matmul(rows, rows, { transposeB: true }), 1 / (channels * height * width));
}

const squaredError = (a: Tensor, b: Tensor): Tensor => mean(square(sub(a, b)));

/** restored, sharp: [N, 3, H, W] in 0 .. 1 -> scalar. `features`: the results of VGG16's modules `GRAM_LAYERS`. */
export function gramLoss(restored: Tensor, sharp: Tensor, features: Features, scale = 1): Tensor {
  const perColour = (values: readonly number[]) => constant(values, [1, 3, 1, 1]);
  const featuresOf = (image: Tensor): readonly Tensor[] =>
    features(mul(div(sub(image, perColour(MEAN)), perColour(DEVIATION)), scale));
  const real = featuresOf(sharp);
  return featuresOf(restored)
    .map((made, i) => squaredError(gram(made), stopGradient(gram(real[i]!))))
    .reduce((sum, term) => add(sum, term));
}

/** Weight of the squared difference of pixels in 0 .. 255. */
const PIXELS = 0.005;

/** The reimplementation's whole content loss. restored, sharp: signed range. */
export function gramContentLoss(restored: Tensor, sharp: Tensor, features: Features): Tensor {
  const unit = (image: Tensor): Tensor => mul(add(image, 1), 0.5);
  const [made, real] = [unit(restored), unit(sharp)];
  return add(gramLoss(made, real, features, TRAINED_SCALE), mul(squaredError(made, real), PIXELS * 255 ** 2));
}

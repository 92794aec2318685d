/** @file Group normalisation. */
import { argumentError } from "../../base/errors.js";
import { checkShape, type Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { sqrt, square } from "./elementwise.js";
import { mean } from "./mean.js";
import { reshape } from "./shape.js";

/** x: [N, C, H, W], weight and bias: [C]; statistics over each of `groups` groups of channels (Wu and He 2018), biased variance. */
export function groupNorm(x: Tensor, weight: Tensor, bias: Tensor, groups: number, eps = 1e-5): Tensor {
  checkShape("groupNorm", x, ["N", "C", "H", "W"]);
  const [n, c] = x.shape as [number, number];
  if (c % groups !== 0) throw argumentError("groupNorm", `groups must divide the ${c} channels`, groups);
  const grouped = reshape(x, [n, groups, x.size / n / groups]);
  const centred = sub(grouped, mean(grouped, { axes: [2], keepDims: true }));
  const variance = mean(square(centred), { axes: [2], keepDims: true });
  const normalised = reshape(div(centred, sqrt(add(variance, eps))), x.shape);
  return add(mul(normalised, reshape(weight, [1, c, 1, 1])), reshape(bias, [1, c, 1, 1]));
}

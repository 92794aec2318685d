/** @file Gaussian error linear unit (Hendrycks and Gimpel 2016). */
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { erf, tanh } from "./elementwise.js";

/** x Phi(x), Phi the normal distribution function, exactly or by its approximation with tanh; any shape -> the same. */
export function gelu(x: Tensor, approximate: "none" | "tanh" = "none"): Tensor {
  const inner =
    approximate === "none"
      ? erf(mul(x, Math.SQRT1_2))
      : tanh(mul(mul(x, add(mul(mul(x, x), 0.044715), 1)), Math.sqrt(2 / Math.PI)));
  return mul(mul(x, 0.5), add(inner, 1));
}

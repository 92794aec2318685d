/** @file Fully connected layer. */
import { checkShape, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { matmul } from "./matmul.js";

/** x: [..., I], weight: [O, I], bias: [O] -> [..., O]. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  checkShape("linear: weight", weight, ["O", x.shape.at(-1)!]);
  const y = matmul(x, weight, { transposeB: true });
  return bias ? add(y, bias) : y;
}

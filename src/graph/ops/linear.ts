/** @file Fully connected layer. */
import { checkShape, sizeOf, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { reshape } from "./shape.js";

/** x: [..., I], weight: [O, I], bias: [O] -> [..., O]. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  checkShape("linear: weight", weight, ["O", x.shape.at(-1)!]);
  // As one matrix of rows: then the gradient of the weight is one product, not one for each leading index and their sum.
  const rows = x.shape.slice(0, -1);
  const flat = rows.length > 1 ? reshape(x, [sizeOf(rows), x.shape.at(-1)!]) : x;
  const y = matmul(flat, weight, { transposeB: true });
  const biased = bias ? add(y, bias) : y;
  return rows.length > 1 ? reshape(biased, [...rows, weight.shape[0]!]) : biased;
}

/** @file Dropout with the mask as an input: the graph stays pure, and a step can be repeated exactly. */
import { argumentError } from "../../base/errors.js";
import { apply, type Tensor } from "../tensor.js";
import { checkSameShape } from "./arithmetic.js";

/**
 * x / (1 - rate) where `keep` (uint8, x's shape) is 1, and 0 where it is 0 (inverted dropout, Srivastava et al. 2014).
 */
export function maskedDropout(x: Tensor, keep: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1)) throw argumentError("dropout", "rate must be in [0, 1)", rate);
  checkSameShape("dropout: mask", x, keep);
  if (keep.dtype !== "uint8") throw argumentError("dropout", "the mask must have the dtype uint8", keep.dtype);
  return apply(
    {
      name: "maskedDropout",
      // One pass converts bytes to factors; the gradient shares it.
      onnx: ([a, mask], emit) =>
        emit.node("Mul", [a!, emit.node("DequantizeLinear", [mask!, emit.scalar(1 / (1 - rate))])]),
      gradient: (dy, [, mask]) => [maskedDropout(dy, mask!, rate), null],
    },
    [x, keep],
    x.shape,
  );
}

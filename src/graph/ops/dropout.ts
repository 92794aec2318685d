/** @file Dropout with the mask as an input, so that the graph is pure and a step can be repeated exactly. */
import { argumentError } from "../../base/errors.js";
import { apply, type Tensor } from "../tensor.js";
import { checkSameShape } from "./arithmetic.js";

/** x where `keep` (bool, x's shape) holds, scaled by 1 / (1 - rate), and 0 elsewhere (Srivastava et al. 2014, inverted). */
export function maskedDropout(x: Tensor, keep: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1)) throw argumentError("dropout", "rate must be in [0, 1)", rate);
  checkSameShape("dropout: mask", x, keep);
  return apply(
    {
      name: "maskedDropout",
      onnx: ([a, mask], emit) =>
        emit.node("Where", [mask!, emit.node("Mul", [a!, emit.scalar(1 / (1 - rate))]), emit.scalar(0)]),
      gradient: (dy, [, mask]) => [maskedDropout(dy, mask!, rate), null],
    },
    [x, keep],
    x.shape,
  );
}

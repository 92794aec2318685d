/** @file Swish, x sigmoid(x) (Elfwing et al. 2018), in one pass forward and three backward. */
import { MICROSOFT } from "../emitter.js";
import { apply, type Tensor } from "../tensor.js";

/** x sigmoid(x). Any shape -> the same. */
export function silu(x: Tensor): Tensor {
  return apply(
    {
      name: "silu",
      // QuickGelu is x sigmoid(alpha x): one multi-threaded pass.
      onnx: ([a], emit) => emit.node("QuickGelu", [a!], { alpha: { float: 1 } }, MICROSOFT),
      gradient: (dy, [a], y) => [siluGradient(dy, a!, y)],
      anySize: { onnx: ([a], emit) => emit.node("Mul", [a!, emit.node("Sigmoid", [a!])]) },
    },
    [x],
    x.shape,
  );
}

/** dy * (s + y (1 - s)), s = sigmoid(x). */
function siluGradient(dy: Tensor, x: Tensor, y: Tensor): Tensor {
  return apply(
    {
      name: "siluGradient",
      onnx: ([d, a, b], emit) => {
        const s = emit.node("Sigmoid", [a!]);
        const rest = emit.node("Mul", [b!, emit.node("Sub", [emit.scalar(1), s])]);
        return emit.node("Mul", [d!, emit.node("Add", [s, rest])]);
      },
    },
    [dy, x, y],
    x.shape,
  );
}

/** @file Gaussian error linear unit (Hendrycks and Gimpel 2016). */
import { MICROSOFT } from "../emitter.js";
import { apply, type Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { erf, sigmoid } from "./elementwise.js";

/**
 * x Phi(x), where Phi is the normal distribution function, exact or in its tanh approximation. Any shape -> the same.
 */
export const gelu = (x: Tensor, approximate: "none" | "tanh" = "none"): Tensor =>
  approximate === "none" ? mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)) : tanhGelu(x);

const SLOPE = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** x s(x) with s = sigmoid(SLOPE (x + CUBIC x^3)), which is (1 + tanh(sqrt(2 / pi) (x + CUBIC x^3))) / 2. */
function tanhGelu(x: Tensor): Tensor {
  return apply(
    {
      name: "gelu",
      onnx: ([a], emit) => emit.node("FastGelu", [a!], {}, MICROSOFT), // one multi-threaded pass
      gradient: (dy, [a], y) => {
        // s + y (1 - s) d/dx[SLOPE (x + CUBIC x^3)], from few passes over memory.
        const cubic = mul(mul(a!, a!), SLOPE * CUBIC);
        const s = sigmoid(mul(a!, add(cubic, SLOPE)));
        const steepness = add(mul(cubic, 3), SLOPE);
        return [mul(dy, add(s, mul(mul(y, sub(1, s)), steepness)))];
      },
      anySize: {
        onnx: ([a], emit) => {
          const cube = emit.node("Mul", [emit.node("Mul", [a!, a!]), emit.scalar(SLOPE * CUBIC)]);
          const s = emit.node("Sigmoid", [emit.node("Mul", [a!, emit.node("Add", [cube, emit.scalar(SLOPE)])])]);
          return emit.node("Mul", [a!, s]);
        },
      },
    },
    [x],
    x.shape,
  );
}

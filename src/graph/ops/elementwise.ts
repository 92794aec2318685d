/** @file Element-wise functions of one tensor, each with its derivative. */
import type { Emitter } from "../emitter.js";
import { apply, type Tensor } from "../tensor.js";
import { div, mul, neg, sub } from "./arithmetic.js";
import { emitCos, emitSin } from "./circular.js";

/** `derivative` returns d(out)/dx times upstream. */
function unary(
  name: string,
  onnx: string | ((emit: Emitter, x: string) => string),
  x: Tensor,
  derivative: (dy: Tensor, x: Tensor, y: Tensor) => Tensor,
): Tensor {
  return apply(
    {
      name,
      onnx: ([a], emit) => (typeof onnx === "string" ? emit.node(onnx, [a!]) : onnx(emit, a!)),
      gradient: (dy, [a], y) => [derivative(dy, a!, y)],
    },
    [x],
    x.shape,
    x.dtype,
  );
}

export const abs = (x: Tensor): Tensor => unary("abs", "Abs", x, (dy, a) => mul(dy, sign(a)));
export const exp = (x: Tensor): Tensor => unary("exp", "Exp", x, (dy, _, y) => mul(dy, y));
export const log = (x: Tensor): Tensor => unary("log", "Log", x, (dy, a) => div(dy, a));
export const sin = (x: Tensor): Tensor =>
  unary("sin", x.dtype === "float32" ? emitSin : "Sin", x, (dy, a) => mul(dy, cos(a)));
export const cos = (x: Tensor): Tensor =>
  unary("cos", x.dtype === "float32" ? emitCos : "Cos", x, (dy, a) => neg(mul(dy, sin(a))));
export const sqrt = (x: Tensor): Tensor => unary("sqrt", "Sqrt", x, (dy, _, y) => div(mul(dy, 0.5), y));
export const sigmoid = (x: Tensor): Tensor => unary("sigmoid", "Sigmoid", x, (dy, _, y) => mul(dy, mul(y, sub(1, y))));
export const tanh = (x: Tensor): Tensor => unary("tanh", "Tanh", x, (dy, _, y) => mul(dy, sub(1, mul(y, y))));
/** log(1 + exp(x)). */
export const softplus = (x: Tensor): Tensor => unary("softplus", "Softplus", x, (dy, a) => mul(dy, sigmoid(a)));
/** Error function: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf = (x: Tensor): Tensor =>
  unary("erf", "Erf", x, (dy, a) => mul(dy, mul(exp(neg(mul(a, a))), 2 / Math.sqrt(Math.PI))));
export const square = (x: Tensor): Tensor =>
  apply(
    { name: "square", onnx: ([a], emit) => emit.node("Mul", [a!, a!]), gradient: (dy, [a]) => [mul(mul(dy, a!), 2)] },
    [x],
    x.shape,
  );

/** -1, 0 or 1. The derivative is defined as zero everywhere. */
const sign = (x: Tensor): Tensor =>
  apply({ name: "sign", onnx: ([a], emit) => emit.node("Sign", [a!]), gradient: () => [null] }, [x], x.shape);

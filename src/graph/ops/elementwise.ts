/** @file Element-wise functions of one tensor, each with its derivative. */
import { apply, type Tensor } from "../tensor.js";
import { div, mul, neg } from "./arithmetic.js";

/** `derivative` gives d(out)/dx times upstream. */
function unary(
  name: string,
  onnxName: string,
  x: Tensor,
  derivative: (dy: Tensor, x: Tensor, y: Tensor) => Tensor,
): Tensor {
  return apply(
    { name, onnx: ([a], emit) => emit.node(onnxName, [a!]), gradient: (dy, [a], y) => [derivative(dy, a!, y)] },
    [x],
    x.shape,
    x.dtype,
  );
}

export const abs = (x: Tensor): Tensor => unary("abs", "Abs", x, (dy, a) => mul(dy, sign(a)));
export const exp = (x: Tensor): Tensor => unary("exp", "Exp", x, (dy, _, y) => mul(dy, y));
export const log = (x: Tensor): Tensor => unary("log", "Log", x, (dy, a) => div(dy, a));
export const sin = (x: Tensor): Tensor => unary("sin", "Sin", x, (dy, a) => mul(dy, cos(a)));
export const cos = (x: Tensor): Tensor => unary("cos", "Cos", x, (dy, a) => neg(mul(dy, sin(a))));
export const sqrt = (x: Tensor): Tensor => unary("sqrt", "Sqrt", x, (dy, _, y) => div(mul(dy, 0.5), y));
export const square = (x: Tensor): Tensor =>
  apply(
    { name: "square", onnx: ([a], emit) => emit.node("Mul", [a!, a!]), gradient: (dy, [a]) => [mul(mul(dy, a!), 2)] },
    [x],
    x.shape,
  );

/** -1, 0 or 1; its derivative is zero almost everywhere and taken to be zero. */
export const sign = (x: Tensor): Tensor =>
  apply({ name: "sign", onnx: ([a], emit) => emit.node("Sign", [a!]), gradient: () => [null] }, [x], x.shape);

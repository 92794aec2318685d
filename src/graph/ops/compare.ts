/** @file Element-wise comparison and selection, with NumPy broadcasting. */
import { apply, type Tensor } from "../tensor.js";
import { asTensor, broadcastShape, type Operand } from "./arithmetic.js";
import { sumTo } from "./reduce.js";

function comparison(name: string, onnxName: string, a: Operand, b: Operand): Tensor {
  const [x, y] = [asTensor(a), asTensor(b)];
  return apply(
    { name, onnx: ([p, q], emit) => emit.node(onnxName, [p!, q!]), gradient: () => [null, null] },
    [x, y],
    broadcastShape(name, x.shape, y.shape),
    "bool",
  );
}

/** a > b, as bool. */
export const greater = (a: Operand, b: Operand): Tensor => comparison("greater", "Greater", a, b);
/** a >= b, as bool. */
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => comparison("greaterOrEqual", "GreaterOrEqual", a, b);

/**
 * `a` where `condition` (bool) holds, `b` elsewhere. The operand that is not selected gets a gradient of zero, even if
 * its value is infinite.
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [x, y] = [asTensor(a), asTensor(b)];
  const shape = broadcastShape("where", condition.shape, broadcastShape("where", x.shape, y.shape));
  return apply(
    {
      name: "where",
      onnx: (names, emit) => emit.node("Where", names),
      gradient: (dy, [c, p, q]) => [null, sumTo(where(c!, dy, 0), p!.shape), sumTo(where(c!, 0, dy), q!.shape)],
    },
    [condition, x, y],
    shape,
  );
}

/** Element-wise maximum. Equal operands: the gradient goes to `a` alone. NaN in either gives NaN. */
export const maximum = (a: Operand, b: Operand): Tensor => extremum("maximum", "Max", a, b, greaterOrEqual);
/** Element-wise minimum. Equal operands: the gradient goes to `a` alone. NaN in either gives NaN. */
export const minimum = (a: Operand, b: Operand): Tensor =>
  extremum("minimum", "Min", a, b, (p, q) => greaterOrEqual(q, p));

function extremum(
  name: string,
  onnxName: string,
  a: Operand,
  b: Operand,
  takesFirst: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const [x, y] = [asTensor(a), asTensor(b)];
  return apply(
    {
      name,
      onnx: (names, emit) => emit.node(onnxName, names),
      gradient: (dy, [p, q]) => {
        const first = takesFirst(p!, q!);
        return [sumTo(where(first, dy, 0), p!.shape), sumTo(where(first, 0, dy), q!.shape)];
      },
    },
    [x, y],
    broadcastShape(name, x.shape, y.shape),
  );
}

/** x clipped to [low, high]. The gradient passes within the interval, its ends included (as in PyTorch). */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  return apply(
    {
      name: "clamp",
      onnx: ([a], emit) => emit.node("Clip", [a!, emit.scalar(low), emit.scalar(high)]),
      gradient: (dy, [a]) => [where(greaterOrEqual(a!, low), where(greaterOrEqual(high, a!), dy, 0), 0)],
    },
    [x],
    x.shape,
  );
}

/** @file Element-wise arithmetic of two tensors (or a tensor and a number) with NumPy broadcasting. */
import { shapeError } from "../../base/errors.js";
import { apply, type OpForm, type Shape, sameShape, type Tensor } from "../tensor.js";
import { filled } from "./constant.js";
import { sumTo } from "./reduce.js";

export type Operand = Tensor | number;
export const asTensor = (x: Operand): Tensor => (typeof x === "number" ? filled([], x) : x);

/** The shape that both broadcast to. Throws `shape` with the op and both shapes if there is none. */
export function broadcastShape(where: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw shapeError(where, `a shape that broadcasts with [${a}]`, b);
    return x === 1 ? y : x;
  });
}

/** `partials` returns d(out)/d(a) and d(out)/d(b), each times upstream, before the sums over broadcast axes. */
function binary(
  name: string,
  onnxName: string,
  a: Operand,
  b: Operand,
  partials: (dy: Tensor, a: Tensor, b: Tensor, out: Tensor) => readonly [() => Tensor, () => Tensor],
): Tensor {
  const [x, y] = [asTensor(a), asTensor(b)];
  const form: OpForm = {
    name,
    onnx: ([p, q], emit) => {
      // For different ranks and a last axis of length 1 (weights of 1x1 convolutions), the runtime loops over single
      // values: 8 times slower.
      const rank = Math.max(x.shape.length, y.shape.length);
      const level = (operand: string, shape: Shape) =>
        shape.length === rank
          ? operand
          : emit.node("Reshape", [operand, emit.ints([...new Array<number>(rank - shape.length).fill(1), ...shape])]);
      return emit.node(onnxName, [level(p!, x.shape), level(q!, y.shape)]);
    },
    gradient: (dy, [p, q], out) => {
      const [dx, dq] = partials(dy, p!, q!, out);
      return [isNumber(p!) ? null : sumTo(dx(), p!.shape), isNumber(q!) ? null : sumTo(dq(), q!.shape)];
    },
  };
  return apply(form, [x, y], broadcastShape(name, x.shape, y.shape));
}

const isNumber = (x: Tensor): boolean => x.form.name === "filled" && x.shape.length === 0;

export const add = (a: Operand, b: Operand): Tensor => binary("add", "Add", a, b, (dy) => [() => dy, () => dy]);
export const sub = (a: Operand, b: Operand): Tensor => binary("sub", "Sub", a, b, (dy) => [() => dy, () => neg(dy)]);
export const mul = (a: Operand, b: Operand): Tensor =>
  binary("mul", "Mul", a, b, (dy, x, y) => [() => mul(dy, y), () => mul(dy, x)]);
export const div = (a: Operand, b: Operand): Tensor =>
  binary("div", "Div", a, b, (dy, x, y) => [() => div(dy, y), () => neg(div(mul(dy, x), mul(y, y)))]);

export const neg = (x: Tensor): Tensor => mul(x, -1);

/** Throws `shape` unless both have the same shape. */
export function checkSameShape(where: string, a: Tensor, b: Tensor): void {
  if (!sameShape(a.shape, b.shape)) throw shapeError(where, `[${a.shape}]`, b.shape);
}

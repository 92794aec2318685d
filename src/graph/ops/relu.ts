/**
 * @file Rectifiers: plain, leaky with a fixed slope, and leaky with a learned slope. The derivative at 0 is that of the
 * negative side, as in PyTorch.
 */
import { shapeError } from "../../base/errors.js";
import { apply, type Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { greater, where } from "./compare.js";
import { sumTo } from "./reduce.js";
import { reshape } from "./shape.js";

/** max(x, 0); any shape -> the same. */
export function relu(x: Tensor): Tensor {
  return apply(
    {
      name: "relu",
      onnx: ([a], emit) => emit.node("Relu", [a!]),
      // Computed from the result, which the forward pass has kept anyway.
      gradient: (dy, _, y) => [where(greater(y, 0), dy, 0)],
    },
    [x],
    x.shape,
  );
}

/** max(x, 0), at most 6 (Krizhevsky 2010); any shape -> the same. No gradient at either end, as in PyTorch. */
export function relu6(x: Tensor): Tensor {
  return apply(
    {
      name: "relu6",
      onnx: ([a], emit) => emit.node("Clip", [a!, emit.scalar(0), emit.scalar(6)]),
      gradient: (dy, _, y) => [where(greater(y, 0), where(greater(6, y), dy, 0), 0)],
    },
    [x],
    x.shape,
  );
}

/** x where x > 0, slope x elsewhere; any shape -> the same. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return apply(
    {
      name: "leakyRelu",
      attributes: { alpha: { float: slope } },
      onnx: ([a], emit) => emit.node("LeakyRelu", [a!], { alpha: { float: slope } }),
      gradient: (dy, [a]) => [where(greater(a!, 0), dy, mul(dy, slope))],
    },
    [x],
    x.shape,
  );
}

/** leakyRelu with the slope as a tensor: weight [1], or [C] with one slope per channel of x [N, C, ...]. */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const channels = x.shape[1] ?? 1;
  if (weight.shape.length !== 1 || (weight.size !== 1 && weight.size !== channels))
    throw shapeError("prelu: weight", `[1] or [${channels}]`, weight.shape);
  const slope = reshape(weight, weight.size === 1 ? [] : [channels, ...x.shape.slice(2).map(() => 1)]);
  return apply(
    {
      name: "prelu",
      onnx: ([a, w], emit) => {
        if (slope.size > 1) return emit.node("PRelu", [a!, w!]);
        // max(x, 0) + w min(x, 0): three fast passes take half the time of PRelu, which the runtime computes on one
        // thread.
        const negative = emit.node("Mul", [emit.node("Min", [a!, emit.scalar(0)]), w!]);
        return emit.node("Add", [emit.node("Relu", [a!]), negative]);
      },
      gradient: (dy, [a, w]) => {
        const positive = greater(a!, 0);
        return [where(positive, dy, mul(dy, w!)), sumTo(where(positive, 0, mul(dy, a!)), w!.shape)];
      },
    },
    [x, slope],
    x.shape,
  );
}

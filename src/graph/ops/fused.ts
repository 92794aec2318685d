/** @file Compositions that the runtime computes in one pass over memory, for networks that are only used: they have no gradient. */
import { MICROSOFT } from "../emitter.js";
import { apply, checkShape, type Tensor } from "../tensor.js";

/** (x - mean) / sqrt(variance + eps) weight + bias over the last axis. x: [..., C], weight and bias: [C]. */
export function fusedLayerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
  checkShape("fusedLayerNorm: weight", weight, [x.shape.at(-1)!]);
  checkShape("fusedLayerNorm: bias", bias, [x.shape.at(-1)!]);
  return apply(
    {
      name: "fusedLayerNorm",
      onnx: (names, emit) => emit.node("LayerNormalization", names, { axis: -1, epsilon: { float: eps } }),
    },
    [x, weight, bias],
    x.shape,
  );
}

/** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); any shape -> the same. */
export const fusedGelu = (x: Tensor): Tensor =>
  apply({ name: "fusedGelu", onnx: ([a], emit) => emit.node("FastGelu", [a!], {}, MICROSOFT) }, [x], x.shape);

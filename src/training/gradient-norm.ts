/** @file Global norm of all gradients, and clipping by it as `torch.nn.utils.clip_grad_norm_` does. */
import { add, div } from "../graph/ops/arithmetic.js";
import { filled } from "../graph/ops/constant.js";
import { sqrt } from "../graph/ops/elementwise.js";
import { apply, type Tensor } from "../graph/tensor.js";

// These two forms have no gradient, since updates are not differentiated. A sum of squares is one pass over memory.
const sumOfSquares = (x: Tensor): Tensor =>
  apply({ name: "sumOfSquares", onnx: ([a], emit) => emit.node("ReduceSumSquare", [a!], { keepdims: 0 }) }, [x], []);
const atMostOne = (x: Tensor): Tensor =>
  apply({ name: "atMostOne", onnx: ([a], emit) => emit.node("Min", [a!, emit.scalar(1)]) }, [x], []);

/** Square root of the sum of all squares, a scalar; 0 for no gradients. */
export const globalNorm = (gradients: readonly Tensor[]): Tensor =>
  sqrt(gradients.map(sumOfSquares).reduce(add, filled([], 0)));

/** Factor of the gradients that limits their norm to `maxNorm`. The 1e-6 is PyTorch's. */
export const clipScale = (norm: Tensor, maxNorm: number): Tensor =>
  atMostOne(div(filled([], maxNorm), add(norm, 1e-6)));

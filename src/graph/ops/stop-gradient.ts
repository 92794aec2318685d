/** @file A value as a constant of the gradient: PyTorch's `detach`. */
import { apply, type Tensor } from "../tensor.js";

/** x, through which no gradient passes; any shape -> the same. */
export const stopGradient = (x: Tensor): Tensor =>
  apply({ name: "stopGradient", onnx: ([a]) => a!, gradient: () => [null] }, [x], x.shape, x.dtype);

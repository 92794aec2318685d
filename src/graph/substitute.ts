/** @file The same graph on other tensors: how a network built once is used with weights that are computed. */
import { shapeError } from "../base/errors.js";
import { inOrder } from "./compile.js";
import { sameShape, Tensor } from "./tensor.js";

/**
 * Returns `outputs` with each key of `replacements` replaced by its value, of the same shape. Nodes that do not depend
 * on a key are shared with the original graph. Forms for any size are kept unchanged, so this is for graphs of one
 * size.
 */
export function substitute(outputs: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  for (const [from, to] of replacements)
    if (!sameShape(from.shape, to.shape)) throw shapeError("substitute", `[${from.shape}]`, to.shape);
  const replaced = new Map(replacements);
  for (const tensor of inOrder(outputs)) {
    if (replaced.has(tensor)) continue;
    const inputs = tensor.inputs.map((x) => replaced.get(x)!);
    const same = inputs.every((x, i) => x === tensor.inputs[i]);
    replaced.set(tensor, same ? tensor : new Tensor(tensor.form, inputs, tensor.shape, tensor.dtype));
  }
  return outputs.map((output) => replaced.get(output)!);
}

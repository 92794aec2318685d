/** @file Reverse-mode differentiation: adds the nodes of the gradients to the graph. */
import { shapeError, UnblurError } from "../base/errors.js";
import { inOrder } from "./compile.js";
import { add } from "./ops/arithmetic.js";
import { filled } from "./ops/constant.js";
import { sameShape, type Tensor } from "./tensor.js";

/**
 * The gradients of a scalar `loss` with respect to `targets`, in their order and shapes. A target that the loss does
 * not depend on gets zeros. `upstream` replaces the initial gradient of 1; `loss` may then have any shape. Throws
 * `argument` for an op without a gradient.
 */
export function gradients(
  loss: Tensor,
  targets: readonly Tensor[],
  upstream: Tensor = filled(loss.shape, 1),
): Tensor[] {
  if (loss.size !== 1 && !sameShape(loss.shape, upstream.shape))
    throw shapeError("gradients: loss", "a scalar", loss.shape);
  const order = inOrder([loss]);
  const wanted = new Set(targets);
  // Gradients are computed only on paths from targets to the loss, not for inputs and frozen parts.
  const active = new Set<Tensor>();
  for (const tensor of order) {
    if (wanted.has(tensor) || tensor.inputs.some((x) => active.has(x))) active.add(tensor);
  }
  const sums = new Map<Tensor, Tensor>([[loss, upstream]]);
  for (const tensor of order.reverse()) {
    const dy = sums.get(tensor);
    if (!dy || !active.has(tensor) || !tensor.inputs.some((x) => active.has(x))) continue;
    if (!tensor.form.gradient)
      throw new UnblurError("argument", `gradients: ${tensor.form.name} has no gradient, but a target depends on it`);
    tensor.form.gradient(dy, tensor.inputs, tensor).forEach((dx, i) => {
      const x = tensor.inputs[i]!;
      if (dx === null || !active.has(x)) return;
      if (!sameShape(dx.shape, x.shape))
        throw shapeError(`gradient of ${tensor.form.name}, input ${i}`, `[${x.shape}]`, dx.shape);
      const sum = sums.get(x);
      sums.set(x, sum ? add(sum, dx) : dx);
    });
  }
  return targets.map((target) => sums.get(target) ?? filled(target.shape, 0));
}

/**
 * @file Peak memory of a graph's values: each is held from the op that computes it to the last op that reads it. An
 * op's own working memory and the device's allocation granularity are not counted.
 */
import { inOrder } from "./compile.js";
import { type DType, Placeholder, type Tensor } from "./tensor.js";

const BYTES: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, int64: 8, uint8: 1, bool: 1 };
/** Ops whose result is their input's memory under another shape. */
const VIEWS: ReadonlySet<string> = new Set(["reshape", "stopGradient", "withAnySize"]);

const bytesOfTensor = ({ size, dtype }: Tensor): number => size * BYTES[dtype];

/** The memory that a tensor's values lie in. */
function holder(tensor: Tensor): Tensor {
  let at = tensor;
  while (VIEWS.has(at.form.name)) at = at.inputs[0]!;
  return at;
}

/** Largest number of bytes held at once, without inputs (their owner holds them) and without outputs. */
export function peakBytes(outputs: readonly Tensor[]): number {
  const order = inOrder(outputs);
  const kept = new Set(outputs.map(holder));
  const lastUse = new Map<Tensor, number>();
  for (const [i, tensor] of order.entries()) for (const read of tensor.inputs) lastUse.set(holder(read), i);
  const endingAt = new Map<number, Tensor[]>();
  for (const [tensor, i] of lastUse) endingAt.set(i, [...(endingAt.get(i) ?? []), tensor]);
  const counts = (tensor: Tensor): boolean =>
    !(tensor instanceof Placeholder) && !kept.has(tensor) && holder(tensor) === tensor;
  let [held, most] = [0, 0];
  for (const [i, tensor] of order.entries()) {
    if (counts(tensor)) held += bytesOfTensor(tensor);
    most = Math.max(most, held);
    for (const ended of endingAt.get(i) ?? []) if (counts(ended)) held -= bytesOfTensor(ended);
  }
  return most;
}

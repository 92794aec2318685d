/** @file Check that a checkpoint's tensors are a network's parameters: all of them, in their shapes, and no others. */
import { sameShape } from "../../graph/tensor.js";
import type { Network } from "../../networks/network.js";
import { type CheckpointShapes, printable } from "./shapes.js";

/** The first items of a list, and the number of the rest. */
const some = (items: readonly string[]): string =>
  `${items.slice(0, 3).join(", ")}${items.length > 3 ? ` and ${items.length - 3} more` : ""}`;

/**
 * Description of the first mismatch; null if everything fits. A missing alias is accepted: its parameter exists under
 * its own name.
 */
export function fitOf({ parameters, aliases }: Network, checkpoint: CheckpointShapes): string | null {
  const expected = new Map(parameters.map(({ label, shape }) => [label, shape]));
  const missing = [...expected.keys()].filter((label) => !checkpoint.has(label));
  if (missing.length > 0) return `${missing.length} of its tensors are missing: ${some(missing.map(printable))}`;
  const others = [...checkpoint.shapes].flatMap(([name, shape]) => {
    const needed = expected.get(aliases?.get(name) ?? name);
    return needed && !sameShape(needed, shape) ? [`${printable(name)} is [${shape}] instead of [${needed}]`] : [];
  });
  if (others.length > 0) return `shapes differ: ${some(others)}`;
  const unknown = [...checkpoint.shapes.keys()].filter((name) => !expected.has(name) && !aliases?.has(name));
  return unknown.length > 0 ? `it has ${unknown.length} additional tensors: ${some(unknown.map(printable))}` : null;
}

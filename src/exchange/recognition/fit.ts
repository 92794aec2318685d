/** @file Whether a checkpoint's tensors are a network's parameters: all of them, in their shapes, and nothing beside them. */
import { sameShape } from "../../graph/tensor.js";
import type { Network } from "../../networks/network.js";
import { type CheckpointShapes, printable } from "./shapes.js";

/** The first few of a list, and how many there are. */
const some = (items: readonly string[]): string =>
  `${items.slice(0, 3).join(", ")}${items.length > 3 ? ` and ${items.length - 3} more` : ""}`;

/** What does not fit, in words; null if everything does. An alias may be missing: its parameter is there under its own name. */
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
  return unknown.length > 0 ? `it has ${unknown.length} tensors more: ${some(unknown.map(printable))}` : null;
}

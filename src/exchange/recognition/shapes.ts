/** @file The tensors of a checkpoint by name, as recognisers read them. */
import type { Shape } from "../../graph/tensor.js";

/** A name from a file, safe to print: control characters escaped, at most 100 characters. */
export const printable = (name: string): string => JSON.stringify(name.slice(0, 100));

export class CheckpointShapes {
  constructor(
    readonly shapes: ReadonlyMap<string, Shape>,
    /** First value of a tensor, for the few settings that only values reveal. */
    readonly firstValue: (name: string) => number,
  ) {}

  has(name: string): boolean {
    return this.shapes.has(name);
  }

  /** Length of a tensor's axis; 0 if the tensor is missing, which no schema accepts. */
  axis(name: string, axis: number): number {
    return this.shapes.get(name)?.[axis] ?? 0;
  }

  /** Number of consecutive names that exist, from index 0. */
  count(name: (index: number) => string): number {
    let count = 0;
    while (this.has(name(count))) count++;
    return count;
  }
}

/**
 * Returns the settings that names and shapes determine, or null if they belong to another network. Other settings keep
 * the schema's defaults or the importing user's values. The caller then checks every tensor against the network created
 * from them.
 */
export type Recognise = (checkpoint: CheckpointShapes) => Readonly<Record<string, unknown>> | null;

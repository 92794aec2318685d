/** @file The tensors of a checkpoint by name, as recognisers read them. */
import type { Shape } from "../../graph/tensor.js";

/** A name from a file, fit to be printed: its control characters escaped, not longer than a line. */
export const printable = (name: string): string => JSON.stringify(name.slice(0, 100));

export class CheckpointShapes {
  constructor(
    readonly shapes: ReadonlyMap<string, Shape>,
    /** The first number of a tensor, for the few settings that leave a trace in values alone. */
    readonly firstValue: (name: string) => number,
  ) {}

  has(name: string): boolean {
    return this.shapes.has(name);
  }

  /** The length of a tensor's axis; 0 if it is not there, which no schema accepts. */
  axis(name: string, axis: number): number {
    return this.shapes.get(name)?.[axis] ?? 0;
  }

  /** How many there are in a row: names for 0, 1, 2, ... */
  count(name: (index: number) => string): number {
    let count = 0;
    while (this.has(name(count))) count++;
    return count;
  }
}

/**
 * The settings that names and shapes show, or null if they are of another network. What they cannot show is left to the schema's
 * default, or to whoever imports. That every tensor fits is looked at afterwards, against the network made from the settings.
 */
export type Recognise = (checkpoint: CheckpointShapes) => Readonly<Record<string, unknown>> | null;

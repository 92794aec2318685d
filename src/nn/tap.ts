/** @file Looking into a network: named tensors on the way, told while its graph is built, to whoever wants them as outputs. */
import type { Tensor } from "../graph/tensor.js";

/** Told a tensor's name and how to get it: what nobody asks for is never built. Names begin with the part's, as in checkpoints. */
export type Tap = (name: string, value: () => Tensor) => void;

export const noTap: Tap = () => {};

/** Collects the tensors whose name is wanted. */
export function collectTaps(wanted: (name: string) => boolean): {
  readonly tap: Tap;
  readonly found: ReadonlyMap<string, Tensor>;
} {
  const found = new Map<string, Tensor>();
  return {
    found,
    tap: (name, value) => {
      if (wanted(name)) found.set(name, value());
    },
  };
}

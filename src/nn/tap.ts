/**
 * @file Taps: named intermediate tensors of a network, offered while its graph is built, that callers can request as
 * outputs.
 */
import type { Tensor } from "../graph/tensor.js";

/**
 * Receives a tensor's name and a function that builds it; tensors that are not requested are never built. A name begins
 * with the layer's checkpoint name.
 */
export type Tap = (name: string, value: () => Tensor) => void;

export const noTap: Tap = () => {};

/** Returns a tap that collects the tensors whose names are wanted. */
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

/** @file Outcome of a check of one value or tensor. */
import type { StoredTensors } from "../../../src/exchange/safetensors.js";

export type Outcome =
  | {
      readonly kind: "compared";
      readonly name: string;
      readonly error: number;
      readonly tolerance: number;
      readonly at: string;
    }
  | { readonly kind: "skipped"; readonly name: string; readonly reason: string };

export const skipped = (name: string, reason: string): Outcome => ({ kind: "skipped", name, reason });

/**
 * `relative` is to the largest finite expected magnitude, as the fixtures' README has it. Infinity and NaN must be met
 * in kind.
 */
export function compared(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 0, relative = 0 }: { readonly absolute?: number; readonly relative?: number },
): Outcome {
  const scale = Array.from(expected).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  const tolerance = absolute + relative * scale;
  if (actual.length !== expected.length)
    return {
      kind: "compared",
      name,
      error: Number.POSITIVE_INFINITY,
      tolerance,
      at: `${actual.length} values for ${expected.length}`,
    };
  let [error, worst] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    const difference = Object.is(a, e) || a === e ? 0 : Math.abs(a - e);
    if (!(difference <= error)) [error, worst] = [Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference, i];
  }
  return {
    kind: "compared",
    name,
    error,
    tolerance,
    at: `index ${worst}: ${actual[worst]}, expected ${expected[worst]}`,
  };
}

/** Float tensors of a file by name. */
export interface Tensors {
  has(name: string): boolean;
  get(name: string): Float32Array;
  /** The tensor cut along its first axis into pieces of `size` values. */
  rows(name: string, size: number): Float32Array[];
}

export function tensorsOf({ tensors }: StoredTensors): Tensors {
  const get = (name: string): Float32Array => {
    const data = tensors.get(name)?.data;
    if (!(data instanceof Float32Array)) throw new Error(`no float tensor "${name}"`);
    return data;
  };
  return {
    has: (name) => tensors.has(name),
    get,
    rows: (name, size) => {
      const data = get(name);
      return Array.from({ length: data.length / size }, (_, row) => data.subarray(row * size, (row + 1) * size));
    },
  };
}

/** @file Planes stored in 16 bits, half their memory, for large inputs that are read only once more. */
import type { Planes } from "./image.js";

/** Planes in fixed point: value = word / STEPS - REACH. */
export interface CompactPlanes extends Omit<Planes, "data"> {
  /** [channels, height, width] */
  readonly data: Uint16Array;
}

/** Range of values: twice that of "signed" ones. Values beyond are clamped. */
const REACH = 2;
const STEPS = 65535 / (2 * REACH);

/** Rounds to the nearest 1 / 16384, a hundredth of an 8-bit level. NaN becomes the smallest value. */
export function compactPlanes({ data, ...size }: Planes): CompactPlanes {
  const words = new Uint16Array(data.length);
  for (let i = 0; i < words.length; i++) words[i] = Math.min(Math.max((data[i]! + REACH) * STEPS + 0.5, 0), 65535);
  return { ...size, data: words };
}

/**
 * Reads pictures of either depth line by line: returns the `width` values from index `at` on, as the picture's own memory
 * or in an array that the next call overwrites.
 */
export function lineReader(
  { data }: { readonly data: Float32Array | Uint16Array },
  width: number,
): (at: number) => Float32Array {
  if (data instanceof Float32Array) return (at) => data.subarray(at, at + width);
  const line = new Float32Array(width);
  return (at) => {
    expandInto(line, 0, data, at, at + width);
    return line;
  };
}

/** Writes the values of words `from` to `to` (exclusive) to `out`, from index `at` on. */
export function expandInto(out: Float32Array, at: number, words: Uint16Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[at + i - from] = words[i]! / STEPS - REACH;
}

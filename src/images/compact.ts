/** @file Planes in half their memory: of a large photo, for what is read once more and then done with. */
import type { Planes } from "./image.js";

/** Planes in fixed point: a word stands for value = word / STEPS - REACH. */
export interface CompactPlanes extends Omit<Planes, "data"> {
  /** [channels, height, width] */
  readonly data: Uint16Array;
}

/** What is kept of "signed" values: twice their range. What lies beyond becomes the end of it. */
const REACH = 2;
const STEPS = 65535 / (2 * REACH);

/** To the nearest 1 / 16384, a hundredth of an 8-bit level. NaN becomes the least value. */
export function compactPlanes({ data, ...size }: Planes): CompactPlanes {
  const words = new Uint16Array(data.length);
  for (let i = 0; i < words.length; i++) words[i] = Math.min(Math.max((data[i]! + REACH) * STEPS + 0.5, 0), 65535);
  return { ...size, data: words };
}

/** Puts `from` up to `to` of such planes into `out` at `at`, as the values they stand for. */
export function expandInto(out: Float32Array, at: number, words: Uint16Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[at + i - from] = words[i]! / STEPS - REACH;
}

/** @file Masks for dropout: one input of the training step per place, filled anew at each step. */
import type { Rng } from "../base/random.js";
import { maskedDropout } from "../graph/ops/dropout.js";
import { input, type Placeholder, sizeOf } from "../graph/tensor.js";
import type { Dropout } from "../nn/dropout.js";
import type { Values } from "../runtime/session.js";

export class DropoutMasks {
  readonly #masks: { readonly placeholder: Placeholder; readonly rate: number }[] = [];

  /** Pass this to a network's `forward`. */
  readonly dropout: Dropout = (x, rate) => {
    const placeholder = input(`dropout/${this.#masks.length}`, x.shape, "uint8");
    this.#masks.push({ placeholder, rate });
    return maskedDropout(x, placeholder, rate);
  };

  get inputs(): readonly Placeholder[] {
    return this.#masks.map(({ placeholder }) => placeholder);
  }

  /** Draws the masks of one step. */
  values(rng: Rng): Values {
    return Object.fromEntries(
      this.#masks.map(({ placeholder: { label, shape }, rate }) => [
        label,
        { dtype: "uint8" as const, shape, data: drawMask(rng.fork(label), sizeOf(shape), rate) },
      ]),
    );
  }
}

const WORDS_AT_ONCE = 4096;

/**
 * `count` independent values, each 0 with probability `rate` and else 1. Draws the distances between zeros (a geometric
 * distribution), so a rate of 0.2 needs a fifth of the random numbers. The masks of the paper's network have 26 million
 * values per step.
 */
export function drawMask(rng: Rng, count: number, rate: number): Uint8Array {
  const mask = new Uint8Array(count).fill(1);
  if (rate <= 0) return mask;
  const { gaps, longest } = gapTable(rate);
  for (let position = 0, start = 0; position < count; start += WORDS_AT_ONCE) {
    const halves = new Uint16Array(rng.words(WORDS_AT_ONCE, start).buffer);
    for (let i = 0; i < halves.length && position < count; i++) {
      const gap = gaps[halves[i]!]!;
      position += gap;
      // The longest gap means "at least this far", so drawing continues from there.
      if (gap < longest && position < count) mask[position++] = 0;
    }
  }
  return mask;
}

interface GapTable {
  /** Number of ones before the next zero, for each value of 16 random bits. */
  readonly gaps: Uint16Array;
  readonly longest: number;
}

const tables = new Map<number, GapTable>();

/** P(gap = k) = rate (1 - rate)^k to within 1 / 65536, truncated where 64 of the 65536 values are left. */
function gapTable(rate: number): GapTable {
  let table = tables.get(rate);
  if (!table) {
    const perGap = Math.log1p(-rate);
    const longest = Math.max(1, Math.floor(Math.log(64 / 65536) / perGap));
    const gaps = Uint16Array.from({ length: 65536 }, (_, u) =>
      Math.min(longest, Math.floor(Math.log((u + 0.5) / 65536) / perGap)),
    );
    table = { gaps, longest };
    tables.set(rate, table);
  }
  return table;
}

/** @file Masks for dropout: one input of the training step for each place, filled anew at each step. */
import type { Rng } from "../base/random.js";
import { maskedDropout } from "../graph/ops/dropout.js";
import { input, type Placeholder, sizeOf } from "../graph/tensor.js";
import type { Dropout } from "../nn/dropout.js";
import type { Values } from "../runtime/session.js";

export class DropoutMasks {
  readonly #masks: { readonly placeholder: Placeholder; readonly rate: number }[] = [];

  /** Hand this to a network's `forward`. */
  readonly dropout: Dropout = (x, rate) => {
    const placeholder = input(`dropout/${this.#masks.length}`, x.shape, "uint8");
    this.#masks.push({ placeholder, rate });
    return maskedDropout(x, placeholder, rate);
  };

  get inputs(): readonly Placeholder[] {
    return this.#masks.map(({ placeholder }) => placeholder);
  }

  /** Masks for one step. */
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
 * `count` values, each 0 with probability `rate` and else 1, independent of each other. Draws how far it is from one zero to the
 * next (a geometric distribution), so that a rate of 0.2 takes a fifth of the random numbers: the masks of the paper's network
 * are 26 million values a step.
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
      // The longest gap stands for "at least this far": draw on from there.
      if (gap < longest && position < count) mask[position++] = 0;
    }
  }
  return mask;
}

interface GapTable {
  /** How many ones come before the next zero, for each value of 16 random bits. */
  readonly gaps: Uint16Array;
  readonly longest: number;
}

const tables = new Map<number, GapTable>();

/** P(gap = k) = rate (1 - rate)^k to within 1 / 65536, cut off where 64 of the 65536 values are left. */
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

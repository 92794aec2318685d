/** @file A block in PFFFT's own memory, whose lines are transformed in place. */
import type { PffftModule } from "./pffft-module.js";

const KINDS = { real: 0, complex: 1 } as const;
const DIRECTIONS = { forward: 0, backward: 1 } as const;

/** Rows whose parts are moved together when a block is transposed: what fits the first cache. */
export const TILE = 16;

/** `lines` lines of `size` numbers, one after the other. It lives as long as the program. */
export class HeapBlock {
  private readonly setup: number;
  private readonly start: number;
  private readonly lineFloats: number;

  constructor(
    private readonly pffft: PffftModule,
    kind: keyof typeof KINDS,
    readonly size: number,
    readonly lines: number,
  ) {
    this.lineFloats = kind === "real" ? size : 2 * size;
    this.setup = pffft._pffft_new_setup(size, KINDS[kind]);
    this.start = pffft._pffft_aligned_malloc(4 * lines * this.lineFloats);
    if (this.setup === 0 || this.start === 0)
      throw new RangeError(`HeapBlock: no memory for ${lines} lines of ${size}, or no transform of that size`);
  }

  /** Its numbers. Not to be kept: the memory moves when another block is made. */
  view(): Float32Array {
    const from = this.start / 4;
    return this.pffft.HEAPF32.subarray(from, from + this.lines * this.lineFloats);
  }

  /** Pairs of its numbers, complex ones as a rule, for moving each of them at once. Means nothing as a number. Not to be kept, either. */
  pairs(): Float64Array {
    const view = this.view();
    return new Float64Array(view.buffer, view.byteOffset, view.length / 2);
  }

  /** Every line; `backward` is not scaled. */
  transform(direction: keyof typeof DIRECTIONS): void {
    const { pffft, setup, start } = this;
    for (let line = 0; line < this.lines; line++) {
      const at = start + 4 * line * this.lineFloats;
      pffft._pffft_transform_ordered(setup, at, at, 0, DIRECTIONS[direction]);
    }
  }
}

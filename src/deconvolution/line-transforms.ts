/** @file Fourier transform of each line of a block in the heap. */
import { UnblurError } from "../base/errors.js";
import type { Heap, HeapFloats } from "./heap.js";

const KINDS = { real: 0, complex: 1 } as const;
const DIRECTIONS = { forward: 0, backward: 1 } as const;

/** Transform of lines of `size` numbers. PFFFT's tables for a size stay in memory until the program ends. */
export class LineTransforms {
  private readonly setup: number;
  private readonly lineFloats: number;

  constructor(
    private readonly heap: Heap,
    kind: keyof typeof KINDS,
    size: number,
  ) {
    this.lineFloats = kind === "real" ? size : 2 * size;
    this.setup = heap.pffft._pffft_new_setup(size, KINDS[kind]);
    if (this.setup === 0)
      throw new UnblurError(
        "device",
        `deconvolution: out of memory for a transform of ${size} numbers; use a smaller photo or fewer threads`,
      );
  }

  /** Transforms all lines in place; `backward` is not scaled. */
  each({ at, length }: HeapFloats, direction: keyof typeof DIRECTIONS): void {
    const { pffft } = this.heap;
    for (let line = at, end = at + 4 * length; line < end; line += 4 * this.lineFloats)
      pffft._pffft_transform_ordered(this.setup, line, line, 0, DIRECTIONS[direction]);
  }
}

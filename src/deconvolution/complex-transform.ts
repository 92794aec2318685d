/** @file The Fourier transform of square blocks of complex numbers, as `fitKernel` takes it. */
import type { BlockTransform } from "../blur/block-transform.js";
import { HeapBlock, TILE } from "./heap-block.js";
import type { PffftModule } from "./pffft-module.js";

/** In place and in single precision. Comes out transposed. */
export class ComplexTransform implements BlockTransform {
  private readonly block: HeapBlock;

  constructor(
    pffft: PffftModule,
    readonly size: number,
  ) {
    this.block = new HeapBlock(pffft, "complex", size, size);
  }

  forward(block: Float64Array): void {
    const heap = this.transformed(block, "forward");
    block.set(heap);
  }

  inverse(block: Float64Array): void {
    const heap = this.transformed(block, "backward");
    const scale = 1 / this.size ** 2;
    for (let i = 0; i < block.length; i++) block[i] = scale * heap[i]!;
  }

  private transformed(block: Float64Array, direction: "forward" | "backward"): Float32Array {
    const heap = this.block.view();
    heap.set(block);
    this.block.transform(direction);
    transpose(this.block.pairs(), this.size);
    this.block.transform(direction);
    return heap;
  }
}

function transpose(block: Float64Array, size: number): void {
  for (let top = 0; top < size; top += TILE)
    for (let left = 0; left <= top; left += TILE)
      for (let y = top; y < top + TILE; y++) {
        const end = y * size + Math.min(y, left + TILE);
        for (let a = y * size + left, b = left * size + y; a < end; a++, b += size) {
          const value = block[a]!;
          block[a] = block[b]!;
          block[b] = value;
        }
      }
}

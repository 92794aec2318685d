/** @file What a sketch spends its time on, in WebAssembly (sketch-loops.wat): a quarter of the time it takes in JavaScript, and the same numbers. */
import { SKETCH_LOOPS } from "./sketch-loops-wasm.js";

/** What is used of it: the types of Node and of pages differ. */
interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;

interface Loops {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  divergenceOfSteps(block: number, out: number, above: number, size: number, least: number): void;
  solveForSketch(
    spectrum: number,
    matched: number,
    power: number,
    powers: number,
    count: number,
    beta: number,
    scale: number,
  ): void;
}

const PAGE_BYTES = 65_536;

let compiled: object | undefined;

function open(): Loops {
  compiled ??= new Module(Uint8Array.from(atob(SKETCH_LOOPS), (letter) => letter.charCodeAt(0)));
  return new Instance(compiled).exports as Loops;
}

/** The arrays of one sketch, in the loops' own memory. */
export class SketchLoops {
  /** [size, size] of light, which joins on to itself. */
  readonly block: Float32Array;
  /** [size, size], see `divergenceOfSteps`. */
  readonly divergence: Float32Array;
  /** As a RealTransform has it, interleaved complex numbers. */
  readonly spectrum: Float32Array;
  /** The transform of the observed block, times the conjugate of the kernel's. */
  readonly matched: Float32Array;
  /** Of the kernel, for every frequency. */
  readonly power: Float32Array;
  /** Of differences between neighbours, for every frequency. */
  readonly powers: Float32Array;
  private readonly above: Float32Array;
  private readonly loops = open();

  /** `size` and `frequencies` are even. */
  constructor(
    private readonly size: number,
    private readonly frequencies: number,
  ) {
    const { memory } = this.loops;
    memory.grow(Math.ceil((4 * (2 * size * size + 6 * frequencies + size)) / PAGE_BYTES));
    let at = 0;
    const next = (length: number): Float32Array => {
      const array = new Float32Array(memory.buffer, at, length);
      at += array.byteLength;
      return array;
    };
    this.block = next(size * size);
    this.divergence = next(size * size);
    this.spectrum = next(2 * frequencies);
    this.matched = next(2 * frequencies);
    this.power = next(frequencies);
    this.powers = next(frequencies);
    this.above = next(size);
  }

  /** Into `divergence`: adjoint of the block's differences to the right and below, of those whose squares together are at least `least`. */
  divergenceOfSteps(least: number): void {
    const { block, divergence, above, size } = this;
    this.loops.divergenceOfSteps(block.byteOffset, divergence.byteOffset, above.byteOffset, size, least);
  }

  /** `spectrum` becomes (matched + beta * spectrum) / (scale * (power + beta * powers)). */
  solve(beta: number, scale: number): void {
    const { spectrum, matched, power, powers, frequencies, loops } = this;
    const [at, from] = [spectrum.byteOffset, matched.byteOffset];
    loops.solveForSketch(at, from, power.byteOffset, powers.byteOffset, frequencies, beta, scale);
  }
}

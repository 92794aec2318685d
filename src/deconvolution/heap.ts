/** @file The memory that PFFFT works in, and our own loops (`loops`) with it: what one of them leaves there, the next takes up. */
import createPffft from "@echogarden/pffft-wasm/simd";
import { bytesFromBase64 } from "../base/base64.js";
import { UnblurError } from "../base/errors.js";
import { LOOPS, PFFFT } from "./wasm-binaries.js";
import { type PffftModule, WebAssembly } from "./webassembly.js";

/** Functions of the sources in `loops`. Pointers are bytes into the heap; what each does is said there. */
export interface Loops {
  columnsOfRows(rows: number, columns: number, size: number): void;
  rowsOfColumns(columns: number, rows: number, size: number): void;
  transposeSquare(block: number, size: number): void;
  divergenceOfSteps(block: number, out: number, above: number, size: number, least: number): void;
  divergenceOfShrunk(block: number, out: number, above: number, size: number, less: number): void;
  matchKernel(response: number, seen: number, matched: number, power: number, count: number): void;
  solveForSketch(
    spectrum: number,
    matched: number,
    power: number,
    powers: number,
    count: number,
    beta: number,
    scale: number,
  ): void;
  applyFilter(spectrum: number, gain: number, count: number): void;
  invertFilter(filter: number, powers: number, count: number, smoothness: number, scale: number): void;
  gradientBlock(
    picture: number,
    width: number,
    height: number,
    across: number,
    down: number,
    block: number,
    size: number,
  ): void;
  selectedGradients(
    picture: number,
    keep: number,
    width: number,
    height: number,
    across: number,
    down: number,
    block: number,
    size: number,
    least: number,
  ): number;
  correlateGradients(sharp: number, blurry: number, products: number, size: number): void;
  scaleByReal(spectrum: number, gain: number, count: number): void;
}

/** The allocator takes a size of 32 bits: larger ones would be cut. */
const MOST_FLOATS = 2 ** 29;

/** Numbers of single precision in the heap. */
export class HeapFloats {
  constructor(
    private readonly memory: { readonly buffer: ArrayBuffer },
    /** Where they begin, in bytes. */
    readonly at: number,
    readonly length: number,
  ) {}

  /** Not to be kept: the heap moves when it grows. */
  view(): Float32Array {
    return new Float32Array(this.memory.buffer, this.at, this.length);
  }
}

/** Arrays that are given back together, by `using`. */
export interface HeapScope extends Disposable {
  /** Whatever was there before. */
  floats(length: number): HeapFloats;
}

export class Heap {
  private constructor(
    readonly pffft: PffftModule,
    readonly loops: Loops,
    private readonly memory: { readonly buffer: ArrayBuffer },
  ) {}

  static async open(): Promise<Heap> {
    const [transforms, loops] = await Promise.all(
      [PFFFT, LOOPS].map((text) => WebAssembly.compile(bytesFromBase64(text))),
    );
    let memory: { readonly buffer: ArrayBuffer } | undefined;
    const pffft = await createPffft({
      instantiateWasm(imports, receive) {
        const instance = new WebAssembly.Instance(transforms!, imports);
        memory = Object.values(instance.exports).find((part) => part instanceof WebAssembly.Memory) as typeof memory;
        return receive(instance);
      },
    });
    const instance = new WebAssembly.Instance(loops!, { env: { memory } });
    return new Heap(pffft, instance.exports as unknown as Loops, memory!);
  }

  scope(): HeapScope {
    const pointers: number[] = [];
    return {
      floats: (length) => {
        const at = length < MOST_FLOATS ? this.pffft._pffft_aligned_malloc(4 * length) : 0;
        if (at === 0)
          throw new UnblurError(
            "device",
            `deconvolution: expected memory for ${length} numbers, got none; use a smaller photo or fewer threads`,
          );
        pointers.push(at);
        return new HeapFloats(this.memory, at, length);
      },
      [Symbol.dispose]: () => {
        for (const at of pointers.splice(0)) this.pffft._pffft_aligned_free(at);
      },
    };
  }
}

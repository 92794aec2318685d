/**
 * @file The WebAssembly memory shared by PFFFT and our own functions (`wasm-kernels`), so that results pass between
 * them without copies.
 */
import createPffft from "@echogarden/pffft-wasm/simd";
import { bytesFromBase64 } from "../base/base64.js";
import { UnblurError } from "../base/errors.js";
import { PFFFT, WASM_KERNELS } from "./wasm-binaries.js";
import { type PffftModule, WebAssembly } from "./webassembly.js";

/** Functions of the sources in `wasm-kernels`, documented there. Pointers are byte offsets into the heap. */
export interface WasmKernels {
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
  splitBlurred(blurry: number, known: number, block: number, dual: number, count: number, weight: number): void;
  splitDifferences(
    block: number,
    dualRight: number,
    dualBelow: number,
    out: number,
    above: number,
    size: number,
    less: number,
  ): void;
  scaleByReal(spectrum: number, gain: number, count: number): void;
}

/** Largest array: the allocator takes a 32-bit size and would truncate larger ones. */
const MAX_FLOATS = 2 ** 29;

/** An array of float32 in the heap. */
export class HeapFloats {
  constructor(
    private readonly memory: { readonly buffer: ArrayBuffer },
    /** Byte offset of the first number. */
    readonly at: number,
    readonly length: number,
  ) {}

  /** A view for immediate use only: the heap moves when it grows. */
  view(): Float32Array {
    return new Float32Array(this.memory.buffer, this.at, this.length);
  }
}

/** Arrays that are freed together, by `using`. */
export interface HeapScope extends Disposable {
  /** Allocates uninitialised memory. */
  floats(length: number): HeapFloats;
}

export class Heap {
  private constructor(
    readonly pffft: PffftModule,
    readonly wasm: WasmKernels,
    private readonly memory: { readonly buffer: ArrayBuffer },
  ) {}

  static async open(): Promise<Heap> {
    const [transforms, kernels] = await Promise.all(
      [PFFFT, WASM_KERNELS].map((text) => WebAssembly.compile(bytesFromBase64(text))),
    );
    let memory: { readonly buffer: ArrayBuffer } | undefined;
    const pffft = await createPffft({
      instantiateWasm(imports, receive) {
        const instance = new WebAssembly.Instance(transforms!, imports);
        memory = Object.values(instance.exports).find((part) => part instanceof WebAssembly.Memory) as typeof memory;
        return receive(instance);
      },
    });
    const instance = new WebAssembly.Instance(kernels!, { env: { memory } });
    return new Heap(pffft, instance.exports as unknown as WasmKernels, memory!);
  }

  scope(): HeapScope {
    const pointers: number[] = [];
    return {
      floats: (length) => {
        const at = length < MAX_FLOATS ? this.pffft._pffft_aligned_malloc(4 * length) : 0;
        if (at === 0)
          throw new UnblurError(
            "device",
            `deconvolution: out of memory for ${length} numbers; use a smaller photo or fewer threads`,
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

/** @file Files of onnxruntime-web, which the page's build copies unchanged to its folder `runtime/`. */

export interface RuntimeFile {
  readonly module: string;
  readonly glue: string;
  readonly wasm: string;
}

/** The build with WebGPU is twice as large, so it is loaded only if WebGPU is used. */
export const RUNTIME_FILES = {
  wasm: {
    module: "ort.wasm.min.mjs",
    glue: "ort-wasm-simd-threaded.mjs",
    wasm: "ort-wasm-simd-threaded.wasm",
  },
  webgpu: {
    module: "ort.webgpu.min.mjs",
    glue: "ort-wasm-simd-threaded.asyncify.mjs",
    wasm: "ort-wasm-simd-threaded.asyncify.wasm",
  },
} as const satisfies Record<"wasm" | "webgpu", RuntimeFile>;

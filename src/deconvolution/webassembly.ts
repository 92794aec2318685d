/**
 * @file Types of the WebAssembly interface, which differ between Node and pages, and of PFFFT's module, which has none.
 */

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  readonly Instance: new (module: object, imports: object) => Instance;
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
}

export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** Options of an Emscripten module that is started with the caller's binary. */
export interface PffftOptions {
  instantiateWasm(imports: object, receive: (instance: Instance) => object): object;
}

/** PFFFT's functions. Pointers are byte offsets into its heap. */
export interface PffftModule {
  /**
   * Creates the tables of a transform; `kind` is 0 for real, 1 for complex. Returns 0 for a size that is not supported.
   */
  _pffft_new_setup(size: number, kind: 0 | 1): number;
  /** Returns 0 if there is no memory. */
  _pffft_aligned_malloc(bytes: number): number;
  _pffft_aligned_free(at: number): void;
  /**
   * Transforms one line of `size` numbers, in place if `to` is `from`. `direction` is 0 forward or 1 backward,
   * unscaled. `work` 0 means a buffer on the stack.
   */
  _pffft_transform_ordered(setup: number, from: number, to: number, work: number, direction: 0 | 1): void;
}

/** @file What is used of WebAssembly, whose types differ between Node and pages, and of PFFFT's module, which has none. */

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  readonly Instance: new (module: object, imports: object) => Instance;
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
}

export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** How Emscripten's modules are started with a binary of the caller's. */
export interface PffftOptions {
  instantiateWasm(imports: object, receive: (instance: Instance) => object): object;
}

/** Pointers are bytes into its heap. */
export interface PffftModule {
  /** `kind`: 0 real, 1 complex. 0 if there is no transform of that size. */
  _pffft_new_setup(size: number, kind: 0 | 1): number;
  /** 0 if there is no memory. */
  _pffft_aligned_malloc(bytes: number): number;
  _pffft_aligned_free(at: number): void;
  /** One line of `size` numbers, in place if `to` is `from`; `direction`: 0 forward, 1 backward, unscaled. `work` 0: on the stack. */
  _pffft_transform_ordered(setup: number, from: number, to: number, work: number, direction: 0 | 1): void;
}

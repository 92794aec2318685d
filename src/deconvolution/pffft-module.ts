/** @file The part of PFFFT's WebAssembly build that is used here; the package has no types. Pointers are bytes into the heap. */
export interface PffftModule {
  /** Another array after every allocation that made the heap grow. */
  readonly HEAPF32: Float32Array;
  /** `kind`: 0 real, 1 complex. */
  _pffft_new_setup(size: number, kind: 0 | 1): number;
  _pffft_aligned_malloc(bytes: number): number;
  /** One line of `size` numbers, in place if `to` is `from`; `direction`: 0 forward, 1 backward, unscaled. `work` 0: on the stack. */
  _pffft_transform_ordered(setup: number, from: number, to: number, work: number, direction: 0 | 1): void;
}

/** @file Batches for training: patches of blurry photos and their sharp targets, or blurry and sharp ones unpaired. */

/** Values in the signed range, [size, 3 or more, patchPx, patchPx] each. */
export interface PairBatch {
  /** Blurry; if the data are `deconvolved`, with the other pictures that the predictor sees as channels 4 to 12. */
  readonly y: Float32Array;
  /** Sharp, at the same places; of unpaired photos, patches of other photos. */
  readonly x0: Float32Array;
  /** Kernels of the blur, [size, 1, k, k], if the data have `kernels`. */
  readonly kernels?: Float32Array;
  readonly size: number;
  readonly patchPx: number;
}

/** Batches by number. `batch(step)` is a pure function of the step, so a resumed run gets the same batches. */
export interface BatchSource extends AsyncDisposable {
  batch(step: number): Promise<PairBatch>;
}

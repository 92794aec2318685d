/** @file Batches for training: patches of blurry photos and their sharp targets. */

/** Values in the signed range, [size, 3, patchPx, patchPx] each. */
export interface PairBatch {
  /** Blurry; with the deconvolution as channels 4 to 6 if the data are `deconvolved`. */
  readonly y: Float32Array;
  /** Sharp, at the same places. */
  readonly x0: Float32Array;
  readonly size: number;
  readonly patchPx: number;
}

/** Batches by number. `batch(step)` is a pure function of the step, so a resumed run gets the same batches. */
export interface BatchSource extends AsyncDisposable {
  batch(step: number): Promise<PairBatch>;
}

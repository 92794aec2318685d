/** @file What training is fed: patches of blurry photos and of the sharp ones they should become. */

/** Values in the signed range, [size, 3, patchPx, patchPx] each. */
export interface PairBatch {
  /** Blurry; with the deconvolution as channels 4 to 6 where the data are `deconvolved`. */
  readonly y: Float32Array;
  /** Sharp, the same places. */
  readonly x0: Float32Array;
  readonly size: number;
  readonly patchPx: number;
}

/** Batches by number: `batch(step)` is a pure function of the step, so a resumed run sees what it would have seen. */
export interface BatchSource extends AsyncDisposable {
  batch(step: number): Promise<PairBatch>;
}

/** @file The contents of a published checkpoint, whatever its file format. */

export interface CheckpointTensor {
  readonly shape: readonly number[];
  /** Type in the file, such as "float16". */
  readonly dtype: string;
  /** Row-major. */
  readonly values: Float32Array;
}

export interface CheckpointContent {
  /** Format in words, and the position of the weights in the file. */
  readonly from: string;
  /** Tensors of layers, by name. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Tensors that belong to no layer, such as a diffusion's schedule. */
  readonly buffers: ReadonlyMap<string, CheckpointTensor>;
  /** Contents that were skipped: an optimiser's state, other copies of the weights. */
  readonly passedOver: readonly string[];
}

/** @file What a published checkpoint holds, whatever the format of its file. */

export interface CheckpointTensor {
  readonly shape: readonly number[];
  /** As it is in the file, e.g. "float16". */
  readonly dtype: string;
  /** Row by row. */
  readonly values: Float32Array;
}

export interface CheckpointContent {
  /** The format, in words, and where in the file the weights were: for people. */
  readonly from: string;
  /** Tensors of layers, by name. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Tensors that belong to no layer, such as the schedule of a diffusion. */
  readonly buffers: ReadonlyMap<string, CheckpointTensor>;
  /** What lay beside the weights and was not read: an optimiser's state, other copies of the weights. */
  readonly passedOver: readonly string[];
}

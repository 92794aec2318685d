/** @file The objective of training, which is all that training knows about a model. */
import type { Rng } from "../base/random.js";
import type { PairBatch } from "../data/batch.js";
import type { Placeholder, Tensor } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";
import type { Values } from "../runtime/session.js";

/** A loss graph over a batch of fixed size, and the function that fills its inputs from a batch. */
export interface Objective {
  /** All parameters of the trained network; those that are not trainable are saved but not updated. */
  readonly parameters: readonly Parameter[];
  /** Inputs of the loss at each step beside the parameters. */
  readonly inputs: readonly Placeholder[];
  /** Constant values, such as the weights of a network that the objective builds on; compiled into the step. */
  readonly frozen?: ReadonlyMap<Placeholder, Float32Array>;
  /** Next values of running averages, which a step moves without optimising them; they are among `parameters`. */
  readonly updates?: ReadonlyMap<Parameter, Tensor>;
  /** A single value: [] or [1]. */
  readonly loss: Tensor;
  /**
   * Values of all `inputs` for one step. `rng` belongs to this step alone (the loop forks it by the step's number), so
   * fork it by purpose only: `rng.fork("eps")`. The same batch and rng must give the same values, or resuming is not
   * exact.
   */
  feeds(batch: PairBatch, rng: Rng): Values | Promise<Values>;
}

/** @file The objective of training, which is all that training knows about a model. */
import type { Rng } from "../base/random.js";
import type { PairBatch } from "../data/batch.js";
import type { Placeholder, Tensor } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";
import type { Values } from "../runtime/session.js";

/** A value that an objective carries from step to step; it starts at zeros. */
export interface Memory {
  readonly placeholder: Placeholder;
  /** Its value after the step. */
  readonly next: Tensor;
}

/**
 * Networks trained against the objective's own. They are updated first in each step, and the objective's loss uses
 * their new weights.
 */
export interface Opponent {
  /** None may have a label of the objective's own parameters. */
  readonly parameters: readonly Parameter[];
  /** A single value, of which no gradient reaches the objective's parameters. */
  readonly loss: Tensor;
  /** Values that the objective's loss uses as they were before the opponent's update: means of its outputs. */
  readonly kept?: readonly Tensor[];
}

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
  readonly opponent?: Opponent;
  readonly memory?: readonly Memory[];
  /** Parts of the loss and the like, single values, for the log. Names are those of its metrics. */
  readonly terms?: Readonly<Record<string, Tensor>>;
  /** Parameters whose labels start with `labels` keep their values for the first steps. */
  readonly frozenAtFirst?: { readonly labels: string; readonly steps: number };
  /**
   * Values of all `inputs` for one step; `step` counts from 1, which it is when left out. `rng` belongs to this step
   * alone (the loop forks it by the step's number), so fork it by purpose only: `rng.fork("eps")`. The same batch and
   * rng must give the same values, or resuming is not exact.
   */
  feeds(batch: PairBatch, rng: Rng, step?: number): Values | Promise<Values>;
}

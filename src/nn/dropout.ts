/** @file Dropout's place in a network. Masks are made by whoever trains; outside of training there is none. */
import type { Tensor } from "../graph/tensor.js";

/** Zeroes each value with probability `rate` and scales the others by 1 / (1 - rate). */
export type Dropout = (x: Tensor, rate: number) => Tensor;

export const noDropout: Dropout = (x) => x;

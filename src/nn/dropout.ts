/**
 * @file Interface of dropout in a network. The training code supplies the masks; outside training there is no dropout.
 */
import type { Tensor } from "../graph/tensor.js";

/** Zeroes each value with probability `rate` and scales the others by 1 / (1 - rate). */
export type Dropout = (x: Tensor, rate: number) => Tensor;

export const noDropout: Dropout = (x) => x;

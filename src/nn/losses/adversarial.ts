/**
 * @file Losses of a generator and a discriminator in turns, most as DeblurGAN-v2 (Kupyn et al. 2019) publishes them. A
 * discriminator gives a map of values, larger for sharp pictures; `made` is of restored pictures and `real` of sharp
 * ones.
 */
import { add, div, mul, neg, sub } from "../../graph/ops/arithmetic.js";
import { abs, softplus, sqrt, square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { sum } from "../../graph/ops/reduce.js";
import { concat, slice } from "../../graph/ops/shape.js";
import { stopGradient } from "../../graph/ops/stop-gradient.js";
import type { Tensor } from "../../graph/tensor.js";

/** A discriminator's maps [N, 1, H, W] of restored and of sharp pictures. */
export interface DiscriminatorOutputs {
  readonly made: Tensor;
  readonly real: Tensor;
}

/** Means that relativistic losses compare with: constants of the gradient. */
export type Means = DiscriminatorOutputs;

interface Rule {
  /** Compare a map with the mean of the other kind's last maps (Jolicoeur-Martineau 2019). */
  readonly relative: boolean;
  /** Penalise deviations of the discriminator's slope from 1 (Gulrajani et al. 2017). */
  readonly penalised: boolean;
  readonly discriminator: (outputs: DiscriminatorOutputs, means: Means) => Tensor;
  readonly generator: (outputs: DiscriminatorOutputs, means: Means) => Tensor;
}

/** Mean binary cross entropy between sigmoid(logits) and a label of 0 or 1. */
const crossEntropy = (logits: Tensor, label: 0 | 1): Tensor => mean(softplus(label === 1 ? neg(logits) : logits));
const half = (a: Tensor, b: Tensor): Tensor => mul(add(a, b), 0.5);
const squaredFrom = (x: Tensor, target: number): Tensor => mean(square(sub(x, target)));
const absoluteFrom = (x: Tensor, target: number): Tensor => mean(abs(sub(x, target)));

export const ADVERSARIAL_LOSSES = {
  /** Goodfellow et al. 2014; the generator maximises log D, as is usual. */
  gan: {
    relative: false,
    penalised: false,
    discriminator: ({ made, real }) => half(crossEntropy(made, 0), crossEntropy(real, 1)),
    generator: ({ made }) => crossEntropy(made, 1),
  },
  /**
   * Named as published. It takes absolute differences where least squares (Mao et al. 2017) would take squares.
   * Published code cannot compute its generator's loss, because it calls it without an argument; here it is the
   * intended one.
   */
  lsgan: {
    relative: false,
    penalised: false,
    discriminator: ({ made, real }) => half(absoluteFrom(made, 0), absoluteFrom(real, 1)),
    generator: ({ made }) => absoluteFrom(made, 1),
  },
  ragan: {
    relative: true,
    penalised: false,
    discriminator: ({ made, real }, means) =>
      half(crossEntropy(sub(real, means.made), 1), crossEntropy(sub(made, means.real), 0)),
    generator: ({ made, real }, means) =>
      half(crossEntropy(sub(real, means.made), 0), crossEntropy(sub(made, means.real), 1)),
  },
  /** DeblurGAN-v2's equations 2 and 3. */
  "ragan-ls": {
    relative: true,
    penalised: false,
    discriminator: ({ made, real }, means) =>
      half(squaredFrom(sub(real, means.made), 1), squaredFrom(sub(made, means.real), -1)),
    generator: ({ made, real }, means) =>
      half(squaredFrom(sub(real, means.made), -1), squaredFrom(sub(made, means.real), 1)),
  },
  /**
   * `ragan` as its author has it (Jolicoeur-Martineau 2019): means of the batch, which carry gradient, and sums in
   * place of means of two terms. DBGAN's relativistic blur loss (Zhang et al. 2020) is of this form.
   */
  "ragan-batch": {
    relative: false,
    penalised: false,
    discriminator: ({ made, real }) =>
      add(crossEntropy(sub(real, mean(made)), 1), crossEntropy(sub(made, mean(real)), 0)),
    generator: ({ made, real }) => add(crossEntropy(sub(real, mean(made)), 0), crossEntropy(sub(made, mean(real)), 1)),
  },
  "wgan-gp": {
    relative: false,
    penalised: true,
    discriminator: ({ made, real }) => sub(mean(made), mean(real)),
    generator: ({ made }) => neg(mean(made)),
  },
} as const satisfies Record<string, Rule>;

export type AdversarialLoss = keyof typeof ADVERSARIAL_LOSSES;
export const ADVERSARIAL_LOSS_NAMES = Object.keys(ADVERSARIAL_LOSSES) as [AdversarialLoss, ...AdversarialLoss[]];

/** Maps that a mean is over: those of the last 50 pictures, as published, not of the batch alone. */
export const POOL_SIZE = 50;

/**
 * A pool of the last pictures' means after `map` [N, 1, H, W], without gradient: [50] -> [50], the newest last.
 * Published code keeps whole maps; as all are of one size, the mean over them is the mean of their means.
 */
export function pooled(pool: Tensor, map: Tensor): Tensor {
  const means = stopGradient(mean(map, { axes: [1, 2, 3] }));
  const count = Math.min(means.shape[0]!, POOL_SIZE);
  const newest = slice(means, 0, means.shape[0]! - count, means.shape[0]!);
  return count === POOL_SIZE ? newest : concat([slice(pool, 0, count, POOL_SIZE), newest], 0);
}

/** Mean of a pool of which `filled` (a scalar) places are in use; the others hold 0. */
export const poolMean = (pool: Tensor, filled: Tensor): Tensor => div(sum(pool), filled);

const PENALTY = 10;

/**
 * 10 times the mean of (|slope| - 1)^2. `slope`: the gradient of the sum of a discriminator's map for pictures between
 * sharp and restored ones, [N, 3, H, W]. As in published code the norm is over the colours of each pixel, where the
 * method's authors take it over the whole picture.
 */
export const gradientPenalty = (slope: Tensor): Tensor =>
  mul(mean(square(sub(sqrt(sum(square(slope), { axes: [1] })), 1))), PENALTY);

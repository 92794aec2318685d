/**
 * @file Normalisation with running statistics, as PyTorch's BatchNorm2d and InstanceNorm2d have it. Mean and variance
 * come from the batch or from running averages that a checkpoint keeps; the caller says which at each use. A running
 * average moves by a tenth of the difference to the batch's mean, or to its unbiased variance.
 */
import { add, mul } from "../graph/ops/arithmetic.js";
import { mean } from "../graph/ops/mean.js";
import { batchNorm, batchNormWith, instanceNorm, variance } from "../graph/ops/normalize.js";
import { reshape } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { ones, zeros } from "./init.js";
import type { Parameter, Scope } from "./parameters.js";

/** Source of mean and variance in normalisation layers. */
export interface Statistics {
  /** true: from the batch (PyTorch's train mode); false: from the running averages (its eval mode). */
  readonly ofBatch: boolean;
  /** Called with the change of a running average whenever a layer normalises a batch. */
  record(average: Parameter, next: (current: Tensor) => Tensor): void;
}

/** The stored running averages. */
export const runningStatistics: Statistics = { ofBatch: false, record: () => {} };
/** The batch's own statistics, without updating the running averages: how GANs for restoration are used. */
export const batchStatistics: Statistics = { ofBatch: true, record: () => {} };

/** The batch's own statistics, with updates of the running averages: for training. */
export class RecordedStatistics implements Statistics {
  readonly ofBatch = true;
  /** Next value of each running average; a network that is applied twice updates it twice. */
  readonly updates = new Map<Parameter, Tensor>();

  record(average: Parameter, next: (current: Tensor) => Tensor): void {
    this.updates.set(average, next(this.updates.get(average) ?? average));
  }
}

/** x: [N, channels, H, W] -> the same. */
export type NormLayer = (x: Tensor, statistics: Statistics) => Tensor;

/** PyTorch's momentum: the weight of the newest batch. */
const NEWEST = 0.1;

/** Parameters `running_mean` and `running_var`, which training updates but does not optimise. */
function runningAverages(scope: Scope, channels: number) {
  const running = {
    mean: scope.buffer("running_mean", [channels], zeros),
    variance: scope.buffer("running_var", [channels], ones),
  };
  const towards = (value: Tensor) => (current: Tensor) => add(mul(current, 1 - NEWEST), mul(value, NEWEST));
  /** `axes`: axes of the mean; the remaining ones except the channels are averaged afterwards. */
  const record = (statistics: Statistics, x: Tensor, axes: readonly number[]): void => {
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    const perChannel = (value: Tensor): Tensor => reshape(mean(value, { axes: [0, 2, 3] }), [channels]);
    statistics.record(running.mean, (current) => towards(perChannel(mean(x, { axes, keepDims: true })))(current));
    // A single value has no unbiased variance; PyTorch refuses it, and an infinite average would never recover.
    const unbiased = count > 1 ? count / (count - 1) : 1;
    statistics.record(running.variance, (current) => towards(mul(perChannel(variance(x, axes)), unbiased))(current));
  };
  return { running, record };
}

/** Batch normalisation (Ioffe and Szegedy 2015). Parameters `weight`, `bias`, `running_mean`, `running_var`. */
export function batchNormLayer(
  scope: Scope,
  channels: number,
  { eps = 1e-5, trainable = true }: { readonly eps?: number; readonly trainable?: boolean } = {},
): NormLayer {
  const weight = scope.parameter("weight", [channels], ones, { trainable });
  const bias = scope.parameter("bias", [channels], zeros, { trainable });
  const { running, record } = runningAverages(scope, channels);
  return (x, statistics) => {
    if (!statistics.ofBatch) return batchNormWith(running, x, weight, bias, eps);
    record(statistics, x, [0, 2, 3]);
    return batchNorm(x, weight, bias, eps);
  };
}

/**
 * Instance normalisation (Ulyanov et al. 2016) without scale and shift. Parameters `running_mean` and `running_var`:
 * averages of all pictures' statistics, which replace the picture's own in eval mode. `normalise`: an alternative form
 * of the same computation on a batch, of another cost.
 */
export function trackedInstanceNormLayer(
  scope: Scope,
  channels: number,
  normalise: (x: Tensor) => Tensor = (x) => instanceNorm(x, null, null),
): NormLayer {
  const { running, record } = runningAverages(scope, channels);
  return (x, statistics) => {
    if (!statistics.ofBatch) return batchNormWith(running, x, null, null);
    record(statistics, x, [2, 3]);
    return normalise(x);
  };
}

/** The kinds of normalisation that published GANs choose from. */
export const NORMALISATIONS = ["instance", "batch"] as const;
export type Normalisation = (typeof NORMALISATIONS)[number];

export const normLayer = (scope: Scope, kind: Normalisation, channels: number): NormLayer =>
  kind === "batch" ? batchNormLayer(scope, channels) : trackedInstanceNormLayer(scope, channels);

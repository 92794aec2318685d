/**
 * @file Layers common to all networks: functions that register parameters under PyTorch's names and return the layer.
 */
import { convTranspose2d } from "../graph/ops/conv-transpose2d.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { groupNorm } from "../graph/ops/group-norm.js";
import { linear } from "../graph/ops/linear.js";
import type { Tensor } from "../graph/tensor.js";
import { ones, torchDefault, uniformOfFanIn, zeros } from "./init.js";
import type { Init, Scope } from "./parameters.js";

export type Layer = (x: Tensor) => Tensor;

export interface ConvConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Side of a square kernel, or its height and width. */
  readonly kernel: number | readonly [height: number, width: number];
  readonly stride?: number;
  /** Rows and columns of zeros on every side; (kernel - 1) / 2 when left out, which keeps the size at stride 1. */
  readonly padding?: number;
  readonly bias?: boolean;
  readonly groups?: number;
  readonly init?: Init;
  readonly biasInit?: Init;
  readonly trainable?: boolean;
}

/** x: [N, inChannels, H, W] -> [N, outChannels, H', W']. Parameters `weight`, `bias`. */
export function convLayer(scope: Scope, config: ConvConfig): Layer {
  const { inChannels, outChannels, stride = 1, bias = true, groups = 1 } = config;
  const [height, width] = typeof config.kernel === "number" ? [config.kernel, config.kernel] : config.kernel;
  const { padding = [(height - 1) / 2, (width - 1) / 2] as const } = config;
  const { init = torchDefault, biasInit = uniformOfFanIn((inChannels / groups) * height * width) } = config;
  const { trainable = true } = config;
  const weight = scope.parameter("weight", [outChannels, inChannels / groups, height, width], init, { trainable });
  const offset = bias ? scope.parameter("bias", [outChannels], biasInit, { trainable }) : null;
  return (x) => conv2d(x, weight, offset, { stride, padding, groups });
}

export interface ConvTransposeConfig extends Pick<ConvConfig, "inChannels" | "outChannels" | "padding" | "bias"> {
  readonly kernel: number;
  readonly stride: number;
  /** Rows and columns added at the end. */
  readonly outputPadding?: number;
}

/**
 * Transposed convolution. x: [N, inChannels, H, W] -> [N, outChannels, H stride, W stride] if kernel + outputPadding =
 * stride + 2 padding. Parameters `weight` [in, out, k, k], `bias`.
 */
export function convTransposeLayer(
  scope: Scope,
  { inChannels, outChannels, kernel, stride, padding = 0, outputPadding = 0, bias = true }: ConvTransposeConfig,
): Layer {
  const weight = scope.parameter("weight", [inChannels, outChannels, kernel, kernel], torchDefault);
  // PyTorch computes the fan-in from the second axis here too, although that axis holds the outputs.
  const offset = bias ? scope.parameter("bias", [outChannels], uniformOfFanIn(outChannels * kernel * kernel)) : null;
  return (x) => convTranspose2d(x, weight, offset, { stride, padding, outputPadding });
}

/** x: [N, inFeatures] -> [N, outFeatures]. Parameters `weight` [out, in], `bias`. */
export function linearLayer(
  scope: Scope,
  inFeatures: number,
  outFeatures: number,
  { init = torchDefault, biasInit = uniformOfFanIn(inFeatures) } = {},
): Layer {
  const weight = scope.parameter("weight", [outFeatures, inFeatures], init);
  const bias = scope.parameter("bias", [outFeatures], biasInit);
  return (x) => linear(x, weight, bias);
}

/** Group normalisation (Wu and He 2018): x: [N, channels, H, W] -> the same. Parameters `weight`, `bias`. */
export function groupNormLayer(scope: Scope, channels: number, groups: number): Layer {
  const weight = scope.parameter("weight", [channels], ones);
  const bias = scope.parameter("bias", [channels], zeros);
  return (x) => groupNorm(x, weight, bias, groups);
}

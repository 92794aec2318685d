/** @file Layers that DWDN and INFWIDE share, with the names of their published checkpoints. */
import { add } from "../../graph/ops/arithmetic.js";
import { convTranspose2d } from "../../graph/ops/conv-transpose2d.js";
import { relu } from "../../graph/ops/relu.js";
import { torchDefault, uniformOfFanIn } from "../../nn/init.js";
import { convLayer, type Layer } from "../../nn/layers.js";
import type { Scope } from "../../nn/parameters.js";

const KERNEL = 5;
/** Number of consecutive residual blocks, the same everywhere. */
const BLOCKS = 3;

export const inTurn =
  (layers: readonly Layer[]): Layer =>
  (x) =>
    layers.reduce((y, layer) => layer(y), x);

export function conv(
  scope: Scope,
  inChannels: number,
  outChannels: number,
  { stride = 1, rectify = false }: { readonly stride?: number; readonly rectify?: boolean } = {},
): Layer {
  const layer = convLayer(scope.child("body", 0), { inChannels, outChannels, kernel: KERNEL, stride });
  return rectify ? (x) => relu(layer(x)) : layer;
}

export function residualBlock(scope: Scope, channels: number): Layer {
  const [first, second] = [0, 2].map((i) => conv(scope.child("body", i), channels, channels)) as [Layer, Layer];
  return (x) => add(second(relu(first(x))), x);
}

/** Transposed convolution to twice the size, rectified. */
export function enlarge(scope: Scope, inChannels: number, outChannels: number): Layer {
  const own = scope.child("body", 0);
  const weight = own.parameter("weight", [inChannels, outChannels, 3, 3], torchDefault);
  const bias = own.parameter("bias", [outChannels], uniformOfFanIn(outChannels * 9));
  return (x) => relu(convTranspose2d(x, weight, bias, { stride: 2, padding: 1, outputPadding: 1 }));
}

/** Residual blocks numbered from `first`. */
export const residualBlocks = (scope: Scope, channels: number, first = 0): Layer =>
  inTurn(Array.from({ length: BLOCKS }, (_, i) => residualBlock(scope.child(first + i), channels)));

/** A rectified convolution, then residual blocks. */
export const entrance = (scope: Scope, inChannels: number, outChannels: number, stride = 1): Layer =>
  inTurn([
    conv(scope.child(0), inChannels, outChannels, { stride, rectify: true }),
    residualBlocks(scope, outChannels, 1),
  ]);

/** Residual blocks, then upsampling to twice the size. */
export const ascent = (scope: Scope, inChannels: number, outChannels: number): Layer =>
  inTurn([residualBlocks(scope, inChannels), enlarge(scope.child(BLOCKS), inChannels, outChannels)]);

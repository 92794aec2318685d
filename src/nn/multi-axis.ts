/**
 * @file Layers of MAXIM (Tu et al., CVPR 2022): gated MLPs that mix positions within blocks and over a grid, channel
 * attention, cross gating. Tensors are [N, H, W, C], because most layers act on the channels; 3x3 convolutions use [N,
 * C, H, W]. Parameter names end in the paths of the published Flax tree.
 */
import { add, mul } from "../graph/ops/arithmetic.js";
import { type AxisMatrix, alongAxis, matrixFromTaps } from "../graph/ops/axis-matrix.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { sigmoid } from "../graph/ops/elementwise.js";
import { gelu } from "../graph/ops/gelu.js";
import { layerNorm } from "../graph/ops/layer-norm.js";
import { linear } from "../graph/ops/linear.js";
import { matmul } from "../graph/ops/matmul.js";
import { mean } from "../graph/ops/mean.js";
import { leakyRelu, relu } from "../graph/ops/relu.js";
import { resizeLinear } from "../graph/ops/resize-linear.js";
import { concat, reshape, slice, transpose } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { ones, scaledNormal, zeros } from "./init.js";
import { convLayer, type Layer } from "./layers.js";
import type { Scope } from "./parameters.js";

const EPS = 1e-6;

export type Pair = readonly [Tensor, Tensor];

/** [N, C, H, W] -> [N, H, W, C]. */
export const channelsLast = (x: Tensor): Tensor => transpose(x, [0, 2, 3, 1]);
/** [N, H, W, C] -> [N, C, H, W]. */
export const channelsFirst = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);

/** Initialisation of MAXIM's convolutions and dense layers. */
export const plain = { init: scaledNormal(1), biasInit: zeros } as const;

function norm(scope: Scope, channels: number): Layer {
  const [weight, bias] = [scope.parameter("weight", [channels], ones), scope.parameter("bias", [channels], zeros)];
  return (x) => layerNorm(x, weight, bias, EPS);
}

/**
 * A linear function of an image that is not computed yet. The dense layer after it is multiplied into its matrix, so
 * that two products over all pixels become one. For constant weights this is free: the runtime multiplies them once, at
 * load time.
 */
export interface Pending {
  readonly channels: number;
  /** weight [O, channels], bias [O] -> the dense layer's result, [N, H, W, O]. */
  through(weight: Tensor, bias: Tensor | null): Tensor;
}

/** A `Pending` of an image that is already computed. */
export const ready = (x: Tensor): Pending => ({
  channels: x.shape.at(-1)!,
  through: (weight, bias) => linear(x, weight, bias),
});

/** Bias of a dense layer applied after a layer with the bias `inner`: weight inner + bias. */
const biasThrough = (weight: Tensor, inner: Tensor, bias: Tensor | null): Tensor => {
  const carried = reshape(matmul(weight, reshape(inner, [inner.size, 1])), [weight.shape[0]!]);
  return bias ? add(carried, bias) : carried;
};

interface Dense {
  /** [..., I] -> [..., O]. */
  (x: Tensor): Tensor;
  /** Channels `from` (included) to `to` (excluded) of the result, without computing the others. */
  part(x: Tensor, from: number, to: number): Tensor;
  /**
   * The layer applied to inputs concatenated along the channels, without concatenating them. A repeated input is
   * computed once.
   */
  joined(parts: readonly Pending[]): Tensor;
}

/** A fully connected layer over the channels, or a 1x1 convolution. Parameters `weight` [O, I], `bias` [O]. */
export function dense(scope: Scope, inFeatures: number, outFeatures: number): Dense {
  const weight = scope.parameter("weight", [outFeatures, inFeatures], plain.init);
  const bias = scope.parameter("bias", [outFeatures], zeros);
  return Object.assign((x: Tensor) => linear(x, weight, bias), {
    part: (x: Tensor, from: number, to: number) => linear(x, slice(weight, 0, from, to), slice(bias, 0, from, to)),
    joined(parts: readonly Pending[]) {
      let from = 0;
      const weights = new Map<Pending, Tensor>();
      for (const part of parts) {
        const own = slice(weight, 1, from, from + part.channels);
        from += part.channels;
        const before = weights.get(part);
        weights.set(part, before ? add(before, own) : own);
      }
      const products = Array.from(weights, ([part, own], i) => part.through(own, i === 0 ? bias : null));
      return products.reduce((sum, product) => add(sum, product));
    },
  });
}

/** The two halves of a dense layer's result, as separate tensors. */
const halves = (layer: Dense, x: Tensor, width: number): Pair => [
  layer.part(x, 0, width),
  layer.part(x, width, 2 * width),
];

interface Partition {
  /** [N, H, W, C] -> [N, side^2, M, C]: axis 1 holds the positions to mix, axis 2 all others. */
  split(x: Tensor, side: number): Tensor;
  /** The inverse of `split`, for an image of the shape of `like`. */
  join(x: Tensor, side: number, like: Tensor): Tensor;
}

/** Mixes positions that are H / side and W / side apart. */
const GRID: Partition = {
  split(x, side) {
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const split = reshape(x, [n, side, h / side, side, w / side, c]);
    return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [n, side * side, (h * w) / side ** 2, c]);
  },
  join(x, side, like) {
    const [n, h, w, c] = like.shape as [number, number, number, number];
    const split = reshape(x, [n, side, side, h / side, w / side, c]);
    return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [n, h, w, c]);
  },
};

/** Mixes neighbours within blocks of side x side. */
const BLOCK: Partition = {
  split(x, side) {
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const split = reshape(x, [n, h / side, side, w / side, side, c]);
    return reshape(transpose(split, [0, 2, 4, 1, 3, 5]), [n, side * side, (h * w) / side ** 2, c]);
  },
  join(x, side, like) {
    const [n, h, w, c] = like.shape as [number, number, number, number];
    const split = reshape(x, [n, side, side, h / side, w / side, c]);
    return reshape(transpose(split, [0, 3, 1, 4, 2, 5]), [n, h, w, c]);
  },
};

/** Mixes positions: [N, positions, M, C] -> the same, with one matrix for all M and C. Parameters `weight`, `bias`. */
function mixing(scope: Scope, positions: number, bias: typeof zeros): (x: Tensor, plus: number) => Tensor {
  const weight = scope.parameter("weight", [positions, positions], plain.init);
  const offset = scope.parameter("bias", [positions], bias);
  return (x, plus) => {
    const [n, , m, c] = x.shape as [number, number, number, number];
    const mixed = add(matmul(weight, reshape(x, [n, positions, m * c])), reshape(add(offset, plus), [positions, 1]));
    return reshape(mixed, x.shape);
  };
}

/** Gated MLP over the positions of a partition (gMLP, Liu et al. 2021). [N, side^2, M, C] -> the same. */
function gatedMlp(scope: Scope, unit: string, width: number, side: number): Layer {
  const normIn = norm(scope.child("LayerNorm"), width);
  const project = dense(scope.child("in_project"), width, 2 * width);
  const normGate = norm(scope.child(unit, "intermediate_layernorm"), width);
  const mix = mixing(scope.child(unit, "Dense_0"), side * side, zeros);
  const projectOut = dense(scope.child("out_project"), width, width);
  return (x) => {
    const [u, v] = halves(project, normIn(x), width);
    const gate = mix(normGate(gelu(v, "tanh")), 1);
    return add(projectOut(mul(gelu(u, "tanh"), gate)), x);
  };
}

/**
 * Multi-axis block: mixes half of the channels over the grid, the other half within blocks. [N, H, W, width] -> the
 * same.
 */
export function multiAxisBlock(scope: Scope, width: number, side: number): Layer {
  const normIn = norm(scope.child("LayerNorm_in"), width);
  const project = dense(scope.child("in_project"), width, 2 * width);
  const grid = gatedMlp(scope.child("GridGmlpLayer"), "GridGatingUnit", width, side);
  const block = gatedMlp(scope.child("BlockGmlpLayer"), "BlockGatingUnit", width, side);
  const projectOut = dense(scope.child("out_project"), 2 * width, width);
  return (x) => {
    const [u, v] = halves(project, normIn(x), width).map((half) => gelu(half, "tanh")) as [Tensor, Tensor];
    const mixed = [GRID.join(grid(GRID.split(u, side)), side, u), BLOCK.join(block(BLOCK.split(v, side)), side, v)];
    return add(projectOut.joined(mixed.map(ready)), x);
  };
}

/**
 * Scales each channel by a factor computed from the means of all channels (Hu et al. 2018). [N, H, W, width] -> the
 * same.
 */
function channelAttention(scope: Scope, width: number): Layer {
  const squeeze = dense(scope.child("Conv_0"), width, width / 4);
  const excite = dense(scope.child("Conv_1"), width / 4, width);
  return (x) => mul(x, sigmoid(excite(relu(squeeze(mean(x, { axes: [1, 2], keepDims: true }))))));
}

/** Residual channel attention block with two 3x3 convolutions. [N, H, W, width] -> the same. */
export function convolutionalAttention(scope: Scope, width: number): Layer {
  const normIn = norm(scope.child("LayerNorm"), width);
  const conv = (name: string) =>
    convLayer(scope.child(name), { inChannels: width, outChannels: width, kernel: 3, ...plain });
  const [conv1, conv2] = [conv("conv1"), conv("conv2")];
  const attend = channelAttention(scope.child("channel_attention"), width);
  return (x) => {
    const convolved = conv2(leakyRelu(conv1(channelsFirst(normIn(x))), 0.2));
    return add(attend(channelsLast(convolved)), x);
  };
}

/**
 * Residual channel attention block with dense layers instead of convolutions, for the bottleneck. [N, H, W, width] ->
 * the same.
 */
export function denseAttention(scope: Scope, width: number): Layer {
  const normIn = norm(scope.child("LayerNorm"), width);
  const [mix1, mix2] = [0, 1].map((i) => dense(scope.child("channel_mixing", `Dense_${i}`), width, width));
  const attend = channelAttention(scope.child("channel_attention"), width);
  return (x) => add(attend(mix2!(gelu(mix1!(normIn(x)), "tanh"))), x);
}

/** 3x3 convolution: image [N, I, H, W] -> [N, H, W, O]. Parameters as in `convLayer`. */
export function convolved(scope: Scope, inChannels: number, outChannels: number): (image: Tensor) => Pending {
  const weight = scope.parameter("weight", [outChannels, inChannels, 3, 3], plain.init);
  const bias = scope.parameter("bias", [outChannels], zeros);
  const rows = reshape(weight, [outChannels, inChannels * 9]);
  return (image) => ({
    channels: outChannels,
    through: (after, afterBias) => {
      const kernels = reshape(matmul(after, rows), [after.shape[0]!, inChannels, 3, 3]);
      return channelsLast(conv2d(image, kernels, biasThrough(after, bias, afterBias), { padding: 1 }));
    },
  });
}

/** Transposed 2x2 convolution of stride 2. [N, H, W, I] -> [N, 2H, 2W, O]. Parameters `weight` [I, O, 2, 2], `bias`. */
export function doubling(scope: Scope, inChannels: number, outChannels: number): (x: Tensor) => Pending {
  const weight = scope.parameter("weight", [inChannels, outChannels, 2, 2], plain.init);
  const bias = scope.parameter("bias", [outChannels], zeros);
  return (x) => ({
    channels: outChannels,
    through: (after, afterBias) => {
      const [n, h, w] = x.shape as [number, number, number];
      const out = after.shape[0]!;
      const rows = reshape(matmul(after, transpose(weight, [2, 3, 1, 0])), [4 * out, inChannels]);
      const offset = biasThrough(after, bias, afterBias);
      const pixels = linear(x, rows, concat([offset, offset, offset, offset], 0));
      const split = reshape(pixels, [n, h, w, 2, 2, out]);
      return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [n, 2 * h, 2 * w, out]);
    },
  });
}

/** Gating weights for the other image, computed from all positions of this one. [N, H, W, width] -> the same. */
function spatialGate(scope: Scope, width: number, side: number): Layer {
  const normIn = norm(scope.child("LayerNorm_in"), width);
  const project = dense(scope.child("in_project"), width, 2 * width);
  const grid = mixing(scope.child("Dense_0"), side * side, ones);
  const block = mixing(scope.child("Dense_1"), side * side, ones);
  const projectOut = dense(scope.child("out_project"), 2 * width, width);
  return (x) => {
    const [u, v] = halves(project, normIn(x), width).map((half) => gelu(half, "tanh")) as [Tensor, Tensor];
    const mixed = [
      GRID.join(grid(GRID.split(u, side), 0), side, u),
      BLOCK.join(block(BLOCK.split(v, side), 0), side, v),
    ];
    return projectOut.joined(mixed.map(ready));
  };
}

/**
 * Cross gating: two signals gate each other. The first is given in parts, which count as concatenated along the
 * channels.
 */
export function crossGating(
  scope: Scope,
  inChannels: number,
  width: number,
  side: number,
  up: number | null,
): (x: readonly Pending[], y: Tensor) => Pair {
  const enlarge = up === null ? null : doubling(scope.child("ConvTranspose_0"), up, width);
  const enterX = dense(scope.child("Conv_0"), inChannels, width);
  const enterY = dense(scope.child("Conv_1"), width, width);
  const side1 = (name: "x" | "y") => {
    const normIn = norm(scope.child(`LayerNorm_${name}`), width);
    const project = dense(scope.child(`in_project_${name}`), width, width);
    const gate = spatialGate(scope.child(`SplitHeadMultiAxisGating_${name}`), width, side);
    const projectOut = dense(scope.child(`out_project_${name}`), width, width);
    return { features: (t: Tensor) => gelu(project(normIn(t)), "tanh"), gate, projectOut };
  };
  const [ofX, ofY] = [side1("x"), side1("y")];
  return (parts, below) => {
    const shortX = enterX.joined(parts);
    const shortY = enterY.joined([enlarge ? enlarge(below) : ready(below)]);
    const [x, y] = [ofX.features(shortX), ofY.features(shortY)];
    const newY = add(ofY.projectOut(mul(y, ofX.gate(x))), shortY);
    const newX = add(add(ofX.projectOut(mul(x, ofY.gate(y))), newY), shortX);
    return [newX, newY];
  };
}

/** Weights of jax.image.resize along one axis: linear, with a low-pass filter when shrinking. */
function resizing(before: number, after: number): AxisMatrix {
  const step = before / after;
  const reach = Math.max(step, 1);
  return matrixFromTaps(after, before, (i) => {
    const centre = (i + 0.5) * step - 0.5;
    const taps: [number, number][] = [];
    for (let at = Math.max(0, Math.ceil(centre - reach)); at <= Math.min(before - 1, centre + reach); at++)
      taps.push([at, 1 - Math.abs(at - centre) / reach]);
    const sum = taps.reduce((total, [, weight]) => total + weight, 0);
    return taps.map(([at, weight]) => [at, weight / sum] as const);
  });
}

/** Shrinks by `ratio` < 1: [N, H, W, C] -> [N, H', W', C]. */
function shrink(x: Tensor, ratio: number): Tensor {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const rows = alongAxis(reshape(x, [n, h, w * c]), 1, resizing(h, h * ratio));
  return alongAxis(reshape(rows, [n, h * ratio, w, c]), 2, resizing(w, w * ratio));
}

/**
 * Resizing by `ratio` followed by a dense layer. The two commute, because the weights of each pixel sum to 1. The dense
 * layer and the layer after it are therefore computed at the smaller of the two sizes.
 */
export function upSample(scope: Scope, inChannels: number, outChannels: number, ratio: number): (x: Tensor) => Pending {
  const layer = scope.child("Conv_0");
  const weight = layer.parameter("weight", [outChannels, inChannels], plain.init);
  const bias = layer.parameter("bias", [outChannels], zeros);
  return (x) => ({
    channels: outChannels,
    through: (after, afterBias) => {
      const [matrix, offset] = [matmul(after, weight), biasThrough(after, bias, afterBias)];
      return ratio > 1
        ? resizeLinear(linear(x, matrix, offset), ratio)
        : linear(ratio < 1 ? shrink(x, ratio) : x, matrix, offset);
    },
  });
}

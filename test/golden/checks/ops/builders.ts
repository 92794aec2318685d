/**
 * @file What each op name of golden/ops is here: inputs under their official names and attributes in, our graph out.
 */
import { losses } from "../../../../src/diffusion/losses.js";
import { add, mul, sub } from "../../../../src/graph/ops/arithmetic.js";
import { clamp } from "../../../../src/graph/ops/compare.js";
import { convTranspose2d } from "../../../../src/graph/ops/conv-transpose2d.js";
import { conv2d } from "../../../../src/graph/ops/conv2d.js";
import { conv3d } from "../../../../src/graph/ops/conv3d.js";
import { abs, cos, exp, sigmoid, sin, softplus, square, tanh } from "../../../../src/graph/ops/elementwise.js";
import { fft2, inverseRealFft2, stackSpectrum, unstackSpectrum } from "../../../../src/graph/ops/fourier.js";
import { gelu } from "../../../../src/graph/ops/gelu.js";
import { groupNorm } from "../../../../src/graph/ops/group-norm.js";
import { layerNorm } from "../../../../src/graph/ops/layer-norm.js";
import { linear } from "../../../../src/graph/ops/linear.js";
import { matmul } from "../../../../src/graph/ops/matmul.js";
import { max } from "../../../../src/graph/ops/max.js";
import { mean } from "../../../../src/graph/ops/mean.js";
import { batchNorm, batchNormWith, instanceNorm, layerNorm2d, variance } from "../../../../src/graph/ops/normalize.js";
import { pad2d } from "../../../../src/graph/ops/pad2d.js";
import { pixelShuffle, pixelUnshuffle } from "../../../../src/graph/ops/pixel-shuffle.js";
import { adaptiveAvgPool2d, avgPool2d, localAvgPool2d, maxPool2d } from "../../../../src/graph/ops/pool2d.js";
import { sum } from "../../../../src/graph/ops/reduce.js";
import { leakyRelu, prelu, relu } from "../../../../src/graph/ops/relu.js";
import { resample } from "../../../../src/graph/ops/resample.js";
import { concat, reshape, slice, transpose } from "../../../../src/graph/ops/shape.js";
import { silu } from "../../../../src/graph/ops/silu.js";
import { softmax } from "../../../../src/graph/ops/softmax.js";
import type { Tensor } from "../../../../src/graph/tensor.js";
import { channelSpatialAttentionLayer, layerAttentionLayer } from "../../../../src/networks/han.js";
import { shallowModule } from "../../../../src/networks/mimo-unet.js";
import { channelAttentionBlock } from "../../../../src/networks/mprnet-blocks.js";
import { nafBlock } from "../../../../src/networks/nafnet.js";
import { noiseLevelEncoding } from "../../../../src/networks/sr3-unet.js";
import { linearAttentionLayer, softmaxAttentionLayer } from "../../../../src/nn/attention.js";
import { charbonnierLoss } from "../../../../src/nn/losses/charbonnier.js";
import { edgeLoss } from "../../../../src/nn/losses/edge.js";
import { frequencyLoss } from "../../../../src/nn/losses/frequency.js";
import { psnrLoss } from "../../../../src/nn/losses/psnr.js";
import { smoothL1Loss } from "../../../../src/nn/losses/smooth-l1.js";
import type { Scope } from "../../../../src/nn/parameters.js";
import { contextPool } from "../../../../src/nn/pooling.js";
import type { Attributes } from "./attributes.js";

export interface CaseInputs {
  /** The input of that name; throws if the case has none. */
  get(name: string): Tensor;
  has(name: string): boolean;
  readonly names: readonly string[];
  /** Layers: the parameters registered here are the case's inputs of the same names. */
  readonly scope: Scope;
}

export type Builder = (inputs: CaseInputs, attributes: Attributes) => Tensor;

/** An op of `x` alone. */
const unary =
  (op: (x: Tensor) => Tensor): Builder =>
  ({ get }) =>
    op(get("x"));
const loss =
  (op: (prediction: Tensor, target: Tensor, attributes: Attributes) => Tensor): Builder =>
  ({ get }, attributes) =>
    op(get("pred"), get("target"), attributes);
const optional = ({ get, has }: CaseInputs, name: string): Tensor | null => (has(name) ? get(name) : null);

const convolution = (attributes: Attributes) => ({
  stride: attributes.pair("stride", 1),
  padding: attributes.pair("padding", 0),
  dilation: attributes.pair("dilation", 1),
  groups: attributes.number("groups", 1),
});
const affine = ({ get }: CaseInputs, attributes: Attributes) =>
  [get("x"), get("weight"), get("bias"), attributes.number("eps")] as const;
const window = (attributes: Attributes) => ({
  kernel: attributes.number("kernel"),
  stride: attributes.number("stride"),
  padding: attributes.number("padding"),
});

const halves = (x: Tensor): readonly [Tensor, Tensor] => {
  const channels = x.shape[1]!;
  return [slice(x, 1, 0, channels / 2), slice(x, 1, channels / 2, channels)];
};

/** Tolerances other than the README's general ones. */
export const FORWARD_TOLERANCE: Readonly<Record<string, number>> = { sum_all: 2e-5, fft2: 2e-5 };

export const BUILDERS: Readonly<Record<string, Builder>> = {
  conv2d: (inputs, attributes) =>
    conv2d(inputs.get("x"), inputs.get("weight"), optional(inputs, "bias"), convolution(attributes)),
  conv3d: (inputs, attributes) =>
    conv3d(inputs.get("x"), inputs.get("weight"), optional(inputs, "bias"), {
      stride: attributes.number("stride"),
      padding: attributes.number("padding"),
    }),
  conv_transpose2d: (inputs, attributes) =>
    convTranspose2d(inputs.get("x"), inputs.get("weight"), optional(inputs, "bias"), {
      ...convolution(attributes),
      outputPadding: attributes.number("output_padding", 0),
    }),
  linear: (inputs) => linear(inputs.get("x"), inputs.get("weight"), optional(inputs, "bias")),
  matmul: ({ get }) => matmul(get("a"), get("b")),

  group_norm: (inputs, attributes) => {
    const [x, weight, bias, eps] = affine(inputs, attributes);
    return groupNorm(x, weight, bias, attributes.number("groups"), eps);
  },
  instance_norm: (inputs, attributes) =>
    instanceNorm(inputs.get("x"), optional(inputs, "weight"), optional(inputs, "bias"), attributes.number("eps")),
  layer_norm2d: (inputs, attributes) => layerNorm2d(...affine(inputs, attributes)),
  layer_norm: (inputs, attributes) => layerNorm(...affine(inputs, attributes)),
  batch_norm_train: (inputs, attributes) => batchNorm(...affine(inputs, attributes)),
  batch_norm_eval: (inputs, attributes) =>
    batchNormWith(
      { mean: inputs.get("running_mean"), variance: inputs.get("running_var") },
      ...affine(inputs, attributes),
    ),

  silu: unary(silu),
  relu: unary(relu),
  leaky: ({ get }, attributes) => leakyRelu(get("x"), attributes.number("slope")),
  gelu: ({ get }, attributes) =>
    gelu(get("x"), attributes.oneOf("approximate", { none: "none", tanh: "tanh" } as const, "none")),
  sigmoid: unary(sigmoid),
  tanh: unary(tanh),
  softplus: unary(softplus),
  softmax_last: unary((x) => softmax(x, -1)),
  softmax_channel: unary((x) => softmax(x, 1)),
  prelu: ({ get }) => prelu(get("x"), get("weight")),
  simple_gate: unary((x) => mul(...halves(x))),
  abs: unary(abs),
  square: unary(square),
  exp: unary(exp),
  sin: unary(sin),
  cos: unary(cos),
  clamp_pm1: unary((x) => clamp(x, -1, 1)),

  mean_hw_keepdim: unary((x) => mean(x, { axes: [-2, -1], keepDims: true })),
  var_channel_biased: unary((x) => variance(x, [1])),
  max_last_keepdim: unary((x) => max(x, { axes: [-1], keepDims: true })),
  sum_all: unary((x) => sum(x)),
  mul_broadcast: ({ get }) => mul(get("x"), get("s")),
  add_broadcast: ({ get }) => add(get("x"), get("s")),

  transpose_nhwc: unary((x) => transpose(x, [0, 2, 3, 1])),
  concat: ({ get, names }, attributes) => concat(names.map(get), attributes.number("axis")),
  pixel_shuffle: ({ get }, attributes) => pixelShuffle(get("x"), attributes.number("r")),
  pixel_unshuffle: ({ get }, attributes) => pixelUnshuffle(get("x"), attributes.number("r")),
  pad2d: ({ get }, attributes) => {
    const [left, right, top, bottom] = attributes.numbers("pads_LRTB") as [number, number, number, number];
    const modes = { constant: "zero", reflect: "reflect", replicate: "replicate", circular: "circular" } as const;
    return pad2d(get("x"), { left, right, top, bottom }, attributes.oneOf("mode", modes));
  },
  interpolate: ({ get }, attributes) =>
    resample(get("x"), {
      mode: attributes.oneOf("mode", { nearest: "nearest", bilinear: "bilinear", bicubic: "bicubic" } as const),
      ...(attributes.has("size") ? { size: attributes.numbers("size") } : { scale: attributes.number("scale_factor") }),
      alignCorners: attributes.boolean("align_corners", false),
      cubic: attributes.number("a", -0.75),
    }),
  avg_pool2d: ({ get }, attributes) =>
    avgPool2d(get("x"), { ...window(attributes), countPadding: attributes.boolean("count_include_pad") }),
  max_pool2d: ({ get }, attributes) => maxPool2d(get("x"), window(attributes)),
  adaptive_avg_pool2d: ({ get }, attributes) => adaptiveAvgPool2d(get("x"), attributes.pair("output")),
  tlc_avg_pool2d: ({ get }, attributes) => localAvgPool2d(get("x"), attributes.pair("kernel")),

  loss_l1: loss(losses.l1.graph),
  loss_l1_sum: loss((prediction, target) => sum(abs(sub(prediction, target)))),
  loss_mse: loss(losses.l2.graph),
  loss_charbonnier_mpr: loss((p, t, attributes) => charbonnierLoss(p, t, attributes.number("eps") ** 2)),
  loss_charbonnier_basicsr: loss((p, t, attributes) => charbonnierLoss(p, t, attributes.number("eps"))),
  loss_smooth_l1: loss((p, t, attributes) => smoothL1Loss(p, t, attributes.number("beta"))),
  loss_edge_mpr: loss((p, t, attributes) => edgeLoss(p, t, attributes.number("eps") ** 2)),
  loss_psnr: loss((p, t, attributes) =>
    mul(psnrLoss(p, t, attributes.number("eps")), attributes.number("loss_weight")),
  ),
  loss_fft_l1_full: loss((p, t) => frequencyLoss(p, t)),
  loss_fft_l1_onesided: loss((p, t) => frequencyLoss(p, t, { spectrum: "onesided" })),
  loss_fft_l1_modulus: loss((p, t) => frequencyLoss(p, t, { magnitude: "modulus" })),

  fft2: unary((x) => stackSpectrum(fft2(x))),
  rfft2: unary((x) => stackSpectrum(fft2(x, { onesided: true }))),
  irfft2: ({ get }, attributes) => inverseRealFft2(unstackSpectrum(get("x")), attributes.numbers("s")[1]!),

  self_attention_hw: ({ get, scope }, attributes) =>
    softmaxAttentionLayer(scope, {
      channels: get("x").shape[1]!,
      groups: attributes.number("norm_groups"),
      heads: attributes.number("n_head"),
    })(get("x")),
  linear_attention: ({ get, scope }, attributes) =>
    linearAttentionLayer(scope, {
      channels: get("x").shape[1]!,
      groups: attributes.number("norm_groups"),
      heads: attributes.number("num_heads"),
    })(get("x")),
  han_lam: ({ get, scope }) => {
    const [n, layers, c, h, w] = get("x").shape as [number, number, number, number, number];
    const layer = (i: number) => reshape(slice(get("x"), 1, i, i + 1), [n, c, h, w]);
    return layerAttentionLayer(scope.child("m"))(Array.from({ length: layers }, (_, i) => layer(i)));
  },
  han_csam: ({ get, scope }) => channelSpatialAttentionLayer(scope)(get("x")),
  mimo_scm: ({ get, scope }, attributes) => shallowModule(scope, attributes.number("out_plane"))(get("x")),
  naf_block: ({ get, scope }) => nafBlock(scope, get("x").shape[1]!, contextPool({ kind: "global" }, 1))(get("x")),
  mpr_cab: ({ get, scope }, attributes) =>
    channelAttentionBlock(
      scope,
      { channels: get("x").shape[1]!, scale: 1 },
      {
        reduction: attributes.number("reduction"),
        pooling: { kind: "global" },
        activation: (x) => prelu(x, get("body.1.weight")),
      },
    )(get("x")),
  noise_level_encoding: ({ get }, attributes) => noiseLevelEncoding(get("x"), attributes.number("dim")),
};

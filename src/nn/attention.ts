/** @file Attention over the positions of an image. */
import { argumentError } from "../base/errors.js";
import { add, mul } from "../graph/ops/arithmetic.js";
import { matmul } from "../graph/ops/matmul.js";
import { reshape, slice } from "../graph/ops/shape.js";
import { softmax } from "../graph/ops/softmax.js";
import type { Tensor } from "../graph/tensor.js";
import { attend } from "./attend.js";
import { orthogonal, zeros } from "./init.js";
import { convLayer, groupNormLayer } from "./layers.js";
import type { Scope } from "./parameters.js";
import { noTap, type Tap } from "./tap.js";

/**
 * A layer [N, C, H, W] -> [N, C, H, W]. Its taps, all [N, heads, width, H, W], determine the weight of any position for
 * any other (`src/insight/attention-maps.ts`):
 * - linear: `NAME.queries` and `NAME.key-softmax`, the softmax of the keys over the positions. The weight of m for n is
 *   their dot product over the width; it can be negative.
 * - softmax: `NAME.scaled-queries` and `NAME.keys`. The weight is the softmax over m of their dot product.
 */
export type AttentionLayer = (x: Tensor, tap?: Tap) => Tensor;

export interface AttentionConfig {
  readonly channels: number;
  /** Groups of the normalisation in front of the attention. */
  readonly groups: number;
  readonly heads?: number;
  /** Add the input to the result. */
  readonly residual?: boolean;
}

export interface SoftmaxAttentionConfig extends AttentionConfig {
  /** Parameter names of the normalisation and the projection; SR3's names when left out. */
  readonly names?: { readonly norm: string; readonly project: string };
}

const start = { kernel: 1, init: orthogonal, biasInit: zeros } as const;

function perHead(where: string, channels: number, heads: number): number {
  if (channels % heads !== 0) throw argumentError(where, `heads must divide the ${channels} channels`, heads);
  return channels / heads;
}

/**
 * Linear attention as in the paper's code (after Katharopoulos et al. 2020): a softmax normalises the keys over the
 * positions; queries are neither normalised nor scaled: out = (v k') q. Cost grows with H W, not with its square.
 * x: [N, C, H, W] -> the same. Parameters `groupnorm`, `qkv` (order qkv, heads, channels), `proj`. Throws `argument` if
 * `heads` does not divide C.
 *
 * Queries, values and the projection are linear in x, so their matrices are multiplied per sample before they are
 * applied to the positions: context = (k x') Wv', out = (Wp context' Wq) x + b. This takes 3 products of C x C with C x
 * HW instead of 7 in the plain order, and stores the keys only.
 */
export function linearAttentionLayer(
  scope: Scope,
  { channels, groups, heads = 1, residual = false }: AttentionConfig,
): AttentionLayer {
  const width = perHead("linearAttention", channels, heads);
  const norm = groupNormLayer(scope.child("groupnorm"), channels, groups);
  const qkv = scope.child("qkv").parameter("weight", [3 * channels, channels, 1, 1], orthogonal);
  const project = scope.child("proj");
  const weight = project.parameter("weight", [channels, channels, 1, 1], orthogonal);
  const bias = project.parameter("bias", [channels], zeros);
  return (x, tap = noTap) => {
    const [n, , h, w] = x.shape as [number, number, number, number];
    const normalised = reshape(norm(x), [n, channels, h * w]);
    const part = (i: number): Tensor =>
      slice(reshape(qkv, [3 * channels, channels]), 0, i * channels, (i + 1) * channels);
    const perHeadOf = (matrix: Tensor): Tensor => reshape(matrix, [heads, width, channels]);
    const keys = softmax(matmul(part(1), normalised), -1);
    const asImages = (matrix: Tensor): Tensor => reshape(matrix, [n, heads, width, h, w]);
    tap(`${scope.name}.queries`, () => asImages(matmul(part(0), normalised)));
    tap(`${scope.name}.key-softmax`, () => asImages(keys));
    const moments = reshape(matmul(keys, normalised, { transposeB: true }), [n, heads, width, channels]);
    const context = matmul(moments, perHeadOf(part(2)), { transposeB: true }); // [N, heads, key channel, value channel]
    const fromQueries = matmul(context, perHeadOf(part(0)), { transposeA: true }); // [N, heads, value channel, C]
    const whole = matmul(reshape(weight, [channels, channels]), reshape(fromQueries, [n, channels, channels]));
    const result = add(reshape(matmul(whole, normalised), x.shape), reshape(bias, [1, channels, 1, 1]));
    return residual ? add(result, x) : result;
  };
}

/**
 * Softmax self-attention of SR3 (Saharia et al. 2021): every position attends to every other. Scores are scaled by 1 /
 * sqrt(C) for all heads together, as in the published code. x: [N, C, H, W] -> the same. `attend` states the cost and
 * the limit for large pictures. Parameters `norm`, `qkv` (order heads, qkv, channels), `out`.
 */
export function softmaxAttentionLayer(
  scope: Scope,
  { channels, groups, heads = 1, residual = true, names = { norm: "norm", project: "out" } }: SoftmaxAttentionConfig,
): AttentionLayer {
  const width = perHead("softmaxAttention", channels, heads);
  const norm = groupNormLayer(scope.child(names.norm), channels, groups);
  const qkv = convLayer(scope.child("qkv"), { ...start, inChannels: channels, outChannels: 3 * channels, bias: false });
  const project = convLayer(scope.child(names.project), { ...start, inChannels: channels, outChannels: channels });
  const scale = 1 / Math.sqrt(channels);
  return (x, tap = noTap) => {
    const [n, , h, w] = x.shape as [number, number, number, number];
    const all = reshape(qkv(norm(x)), [n, heads, 3 * width, h * w]);
    const part = (i: number): Tensor => slice(all, 2, i * width, (i + 1) * width);
    const asImages = (matrix: Tensor): Tensor => reshape(matrix, [n, heads, width, h, w]);
    tap(`${scope.name}.scaled-queries`, () => asImages(mul(part(0), scale)));
    tap(`${scope.name}.keys`, () => asImages(part(1)));
    const attended = attend(part(0), part(1), part(2), scale);
    const result = project(reshape(attended, [n, channels, h, w]));
    return residual ? add(result, x) : result;
  };
}

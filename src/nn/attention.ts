/** @file Attention over the positions of an image. */
import { argumentError } from "../base/errors.js";
import { add, mul } from "../graph/ops/arithmetic.js";
import { matmul } from "../graph/ops/matmul.js";
import { reshape, slice } from "../graph/ops/shape.js";
import { softmax } from "../graph/ops/softmax.js";
import type { Tensor } from "../graph/tensor.js";
import { orthogonal, zeros } from "./init.js";
import { convLayer, groupNormLayer, type Layer } from "./layers.js";
import type { Scope } from "./parameters.js";

export interface AttentionConfig {
  readonly channels: number;
  /** Groups of the normalisation in front. */
  readonly groups: number;
  readonly heads?: number;
  /** Add the input to the result. */
  readonly residual?: boolean;
}

const start = { kernel: 1, init: orthogonal, biasInit: zeros } as const;

function perHead(where: string, channels: number, heads: number): number {
  if (channels % heads !== 0) throw argumentError(where, `heads must divide the ${channels} channels`, heads);
  return channels / heads;
}

/**
 * Linear attention as the paper's code has it (after Katharopoulos et al. 2020): keys are normalised over the positions by a
 * softmax, queries are not normalised, nothing is scaled: out = (v k') q. Cost grows with H W, not with its square.
 * x: [N, C, H, W] -> the same. Parameters `groupnorm`, `qkv` (order qkv, heads, channels), `proj`.
 */
export function linearAttentionLayer(
  scope: Scope,
  { channels, groups, heads = 1, residual = false }: AttentionConfig,
): Layer {
  const width = perHead("linearAttention", channels, heads);
  const norm = groupNormLayer(scope.child("groupnorm"), channels, groups);
  const qkv = convLayer(scope.child("qkv"), { ...start, inChannels: channels, outChannels: 3 * channels, bias: false });
  const project = convLayer(scope.child("proj"), { ...start, inChannels: channels, outChannels: channels });
  return (x) => {
    const [n, , h, w] = x.shape as [number, number, number, number];
    const all = qkv(norm(x));
    const part = (i: number): Tensor =>
      reshape(slice(all, 1, i * channels, (i + 1) * channels), [n, heads, width, h * w]);
    const context = matmul(softmax(part(1), -1), part(2), { transposeB: true }); // [N, heads, key channel, value channel]
    const attended = matmul(context, part(0), { transposeA: true });
    const result = project(reshape(attended, [n, channels, h, w]));
    return residual ? add(result, x) : result;
  };
}

/**
 * Softmax self-attention of SR3: every position attends to every other. Scaled by 1 / sqrt(channels), all of them, as the published code does.
 * x: [N, C, H, W] -> the same, with a residual connection. Memory grows with (H W)^2. Parameters `norm`, `qkv` (order heads, qkv, channels), `out`.
 */
export function softmaxAttentionLayer(
  scope: Scope,
  { channels, groups, heads = 1, residual = true }: AttentionConfig,
): Layer {
  const width = perHead("softmaxAttention", channels, heads);
  const norm = groupNormLayer(scope.child("norm"), channels, groups);
  const qkv = convLayer(scope.child("qkv"), { ...start, inChannels: channels, outChannels: 3 * channels, bias: false });
  const project = convLayer(scope.child("out"), { ...start, inChannels: channels, outChannels: channels });
  return (x) => {
    const [n, , h, w] = x.shape as [number, number, number, number];
    const all = reshape(qkv(norm(x)), [n, heads, 3 * width, h * w]);
    const part = (i: number): Tensor => slice(all, 2, i * width, (i + 1) * width);
    const scores = mul(matmul(part(0), part(1), { transposeA: true }), 1 / Math.sqrt(channels)); // [N, heads, query, key]
    const attended = matmul(part(2), softmax(scores, -1), { transposeB: true });
    const result = project(reshape(attended, [n, channels, h, w]));
    return residual ? add(result, x) : result;
  };
}

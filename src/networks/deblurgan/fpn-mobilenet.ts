/** @file DeblurGAN-v2 on MobileNetV2 (Sandler et al. 2018): the small generator. */
import * as z from "zod";
import { add } from "../../graph/ops/arithmetic.js";
import { relu6 } from "../../graph/ops/relu.js";
import { normalOfFanOut } from "../../nn/init.js";
import { convLayer } from "../../nn/layers.js";
import { Scope } from "../../nn/parameters.js";
import { batchNormLayer, type NormLayer } from "../../nn/running-statistics.js";
import type { Network } from "../network.js";
import { aliasesOf, type Backbone, matchingFilters, pyramidGenerator, pyramidShape } from "./pyramid.js";

export const fpnMobilenetSchema = z
  .strictObject({
    architecture: z.literal("fpn-mobilenet"),
    ...pyramidShape(64),
    widthMultiplier: z
      .number()
      .min(0.1)
      .max(4)
      .default(1)
      .describe("channels of the backbone relative to the published ones, rounded down"),
  })
  .refine(matchingFilters, { path: ["pyramidFilters"], error: "must be twice as many as filters" });
export type FpnMobilenetConfig = z.infer<typeof fpnMobilenetSchema>;

/** Expansion, channels, blocks and stride of the first of them. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;
/** Channels in front of the classifier that DeblurGAN-v2 leaves out. */
const LAST_CHANNELS = 1280;
/**
 * Indices in `features` after which a level of the pyramid is taken; checkpoints also hold later layers, which are not
 * used.
 */
const LEVEL_ENDS = [2, 4, 7, 11, 16] as const;

interface ConvShape {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  /** Apply a rectifier afterwards. */
  readonly rectified?: boolean;
}

function convNorm(
  scope: Scope,
  at: number,
  { from, to, kernel, stride = 1, groups = 1, rectified = true }: ConvShape,
  used: boolean,
): NormLayer {
  const conv = convLayer(scope.child(at), {
    ...{ inChannels: from, outChannels: to, kernel, stride, groups },
    padding: kernel >> 1,
    bias: false,
    init: normalOfFanOut,
    trainable: used,
  });
  const norm = batchNormLayer(scope.child(at + 1), to, { trainable: used });
  return (x, statistics) => {
    const y = norm(conv(x), statistics);
    return rectified ? relu6(y) : y;
  };
}

/** Inverted residual block: expansion, depthwise convolution, projection. */
function inverted(
  scope: Scope,
  { from, to, expansion, stride }: { from: number; to: number; expansion: number; stride: number },
  used: boolean,
): NormLayer {
  const conv = scope.child("conv");
  const hidden = from * expansion;
  const layers: NormLayer[] = [];
  // The sequence also counts rectifiers: three modules per convolution.
  const put = (shape: ConvShape) => layers.push(convNorm(conv, 3 * layers.length, shape, used));
  if (expansion > 1) put({ from, to: hidden, kernel: 1 });
  put({ from: hidden, to: hidden, kernel: 3, stride, groups: hidden });
  put({ from: hidden, to, kernel: 1, rectified: false });
  const residual = stride === 1 && from === to;
  return (x, statistics) => {
    const y = layers.reduce((h, layer) => layer(h, statistics), x);
    return residual ? add(x, y) : y;
  };
}

/** MobileNetV2 without its classifier, under `fpn.features`. */
function mobilenet(root: Scope, widthMultiplier: number): Backbone {
  const features = root.child("fpn", "features");
  const widened = (channels: number): number => Math.floor(channels * widthMultiplier);
  const used = (at: number): boolean => at < LEVEL_ENDS.at(-1)!;
  let from = widened(32);
  const layers = [convNorm(features.child(0), 0, { from: 3, to: from, kernel: 3, stride: 2 }, true)];
  const channels = [from];
  for (const [expansion, width, blocks, firstStride] of STAGES) {
    for (let i = 0; i < blocks; i++) {
      const at = layers.length;
      const shape = { from, to: widened(width), expansion, stride: i === 0 ? firstStride : 1 };
      layers.push(inverted(features.child(at), shape, used(at)));
      from = shape.to;
      channels.push(from);
    }
  }
  const last = widthMultiplier > 1 ? widened(LAST_CHANNELS) : LAST_CHANNELS;
  convNorm(features.child(layers.length), 0, { from, to: last, kernel: 1 }, false);
  const labels = root.parameters().map(({ label }) => label);
  const parts = LEVEL_ENDS.flatMap((end, level) => {
    const start = level === 0 ? 0 : LEVEL_ENDS[level - 1]!;
    return Array.from(
      { length: end - start },
      (_, i) => [`fpn.enc${level}.${i}`, `fpn.features.${start + i}`] as const,
    );
  });
  return {
    channels: LEVEL_ENDS.map((end) => channels[end - 1]!),
    aliases: aliasesOf(labels, parts),
    path: "fpn.features.",
    features: (image, statistics) => {
      let x = image;
      return LEVEL_ENDS.map((end, level) => {
        for (const layer of layers.slice(level === 0 ? 0 : LEVEL_ENDS[level - 1]!, end)) x = layer(x, statistics);
        return x;
      });
    },
  };
}

export function fpnMobilenet({ widthMultiplier, ...config }: FpnMobilenetConfig): Network {
  const root = Scope.root();
  return pyramidGenerator(root, mobilenet(root, widthMultiplier), config, "fpn-mobilenet");
}

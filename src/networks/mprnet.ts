/**
 * @file MPRNet (Zamir et al. 2021, Multi-Stage Progressive Image Restoration), as published for deblurring: the first
 * stage sees quarters of the image, the second halves, the third all of it.
 */
import * as z from "zod";
import { add } from "../graph/ops/arithmetic.js";
import { prelu } from "../graph/ops/relu.js";
import { concat } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { Scope } from "../nn/parameters.js";
import { poolingSchema } from "../nn/pooling.js";
import { supervisedAttentionLayer } from "../nn/supervised-attention.js";
import { positiveCount, wholeCount } from "./counts.js";
import { type BlockConfig, channelAttentionBlock, joinHalves, plainConv, splitHalves } from "./mprnet-blocks.js";
import { decoder, encoder, originalResolution, type Pyramid, type Widths } from "./mprnet-stages.js";
import type { Network } from "./network.js";

export const mprnetSchema = z.strictObject({
  architecture: z.literal("mprnet"),
  features: positiveCount.default(96).describe("channels at full resolution in the first two stages"),
  featuresPerScale: wholeCount.default(48).describe("additional channels at each coarser scale of these stages"),
  extraFeatures: wholeCount.default(32).describe("additional channels of the third stage"),
  blocks: positiveCount.default(8).describe("channel attention blocks in each of the third stage's three groups"),
  reduction: positiveCount.default(4).describe("factor by which the bottleneck of channel attention is narrower"),
  pooling: poolingSchema,
});
export type MprnetConfig = z.infer<typeof mprnetSchema>;

/** The slope shared by all activations. Checkpoints repeat it in every block; this is its first name. */
const SLOPE = ["shallow_feat1.1.body.1", "weight"] as const;

export function mprnet({ features, featuresPerScale, extraFeatures, blocks, ...options }: MprnetConfig): Network {
  const widths: Widths = [features, features + featuresPerScale, features + 2 * featuresPerScale];
  const wide = features + extraFeatures;
  const root = Scope.root();
  const slope = root.child(SLOPE[0]).parameter(SLOPE[1], [1], () => Float32Array.of(0.25));
  const config: BlockConfig = {
    reduction: options.reduction,
    pooling: options.pooling,
    activation: (x) => prelu(x, slope),
  };

  const shallow = [1, 2, 3].map((i) => {
    const scope = root.child(`shallow_feat${i}`);
    const conv = plainConv(scope.child(0), 3, features, 3);
    const block = channelAttentionBlock(scope.child(1), { channels: features, scale: 1 }, config);
    return (x: Tensor) => block(conv(x));
  });
  const encode1 = encoder(root.child("stage1_encoder"), widths, config, { fuses: false });
  const decode1 = decoder(root.child("stage1_decoder"), widths, config);
  const encode2 = encoder(root.child("stage2_encoder"), widths, config, { fuses: true });
  const decode2 = decoder(root.child("stage2_decoder"), widths, config);
  const third = originalResolution(root.child("stage3_orsnet"), widths, { channels: wide, blocks }, config);
  const attention = [12, 23].map((stages) =>
    supervisedAttentionLayer(root.child(`sam${stages}`), { channels: features, kernel: 1, bias: false }),
  );
  const join2 = plainConv(root.child("concat12"), 2 * features, features, 3);
  const join3 = plainConv(root.child("concat23"), 2 * features, wide, 3);
  const tail = plainConv(root.child("tail"), wide, 3, 3);

  const parameters = root.parameters();
  return {
    parameters,
    aliases: new Map(
      parameters
        .map(({ label }) => label.match(/^(.*\.body)\.0\.weight$/)?.[1])
        .filter((block) => block !== undefined && `${block}.1` !== SLOPE[0])
        .map((block) => [`${block}.1.weight`, SLOPE.join(".")]),
    ),
    inChannels: 3,
    outChannels: 3,
    multiple: 8, // a quarter of the image is halved twice
    reachPx: null, // channel attention averages the whole image, and the position of the cuts depends on its size
    forward({ image }) {
      const halves = splitHalves(image, 2);
      const quarters = splitHalves(halves, 3);
      const joined = (pyramid: Pyramid, axis: 2 | 3) => pyramid.map((x) => joinHalves(x, axis)) as unknown as Pyramid;

      const encoded1 = joined(encode1(shallow[0]!(quarters)), 3);
      const decoded1 = decode1(encoded1);
      const from1 = attention[0]!(decoded1[0], halves);

      const start2 = join2(concat([shallow[1]!(halves), from1.features], 1));
      const encoded2 = joined(encode2(start2, { encoded: encoded1, decoded: decoded1 }), 2);
      const decoded2 = decode2(encoded2);
      const from2 = attention[1]!(decoded2[0], image);

      const start3 = join3(concat([shallow[2]!(image), from2.features], 1));
      const result = tail(third(start3, { encoded: encoded2, decoded: decoded2 }));
      return [joinHalves(from1.restored, 2), from2.restored, add(result, image)];
    },
  };
}

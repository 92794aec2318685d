/**
 * @file HAN (Niu et al. 2020, Single Image Super-Resolution via a Holistic Attention Network): RCAN's groups with
 * attention between their results and attention over channels and positions. At scale 1 it deblurs, at the others it
 * enlarges.
 */
import * as z from "zod";
import { add } from "../graph/ops/arithmetic.js";
import { concat } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { channelSpatialAttentionLayer } from "../nn/channel-spatial-attention.js";
import { layerAttentionLayer } from "../nn/layer-attention.js";
import { convLayer } from "../nn/layers.js";
import { Scope } from "../nn/parameters.js";
import type { Network } from "./network.js";
import { aroundFeatures, residualGroupsShape } from "./residual-groups.js";

export const hanSchema = z.strictObject({
  architecture: z.literal("han"),
  ...residualGroupsShape,
  attendLast: z
    .boolean()
    .default(true)
    .describe(
      "include the convolution after the groups in layer attention, as the published code does; without it the parameter count matches the paper's table",
    ),
});
export type HanConfig = z.infer<typeof hanSchema>;

export function han(config: HanConfig): Network {
  const { features, groups, attendLast } = config;
  const root = Scope.root();
  const { fromImage, body, toImage } = aroundFeatures(root, config, { meanTrainable: false });
  const channelSpatial = channelSpatialAttentionLayer(root.child("csa"));
  const layerAttention = layerAttentionLayer(root.child("la"));
  const attended = groups + (attendLast ? 1 : 0);
  const fuse = convLayer(root.child("last_conv"), {
    inChannels: attended * features,
    outChannels: features,
    kernel: 3,
  });
  const join = convLayer(root.child("last"), { inChannels: 2 * features, outChannels: features, kernel: 3 });
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    scale: config.scale,
    multiple: 1,
    reachPx: null, // layer attention sees the whole image; so does channel attention without windows
    forward({ image }) {
      const first = fromImage(image);
      const results: Tensor[] = [];
      const last = body.reduce((x, layer) => {
        results.unshift(layer(x)); // newest first, as `last_conv` expects
        return results[0]!;
      }, first);
      const layers = fuse(layerAttention(results.slice(-attended)));
      return [toImage(add(join(concat([channelSpatial(last), layers], 1)), first))];
    },
  };
}

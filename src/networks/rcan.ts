/**
 * @file RCAN (Zhang et al. 2018, Image Super-Resolution Using Very Deep Residual Channel Attention Networks). At scale
 * 1 it deblurs, at the others it enlarges.
 */
import * as z from "zod";
import { add } from "../graph/ops/arithmetic.js";
import { Scope } from "../nn/parameters.js";
import type { Network } from "./network.js";
import { aroundFeatures, residualGroupsShape } from "./residual-groups.js";

export const rcanSchema = z.strictObject({ architecture: z.literal("rcan"), ...residualGroupsShape });
export type RcanConfig = z.infer<typeof rcanSchema>;

export function rcan(config: RcanConfig): Network {
  const root = Scope.root();
  // The published code tries to freeze the mean colour without effect, so its 24 values are trained.
  const { fromImage, body, toImage } = aroundFeatures(root, config, { meanTrainable: true });
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    scale: config.scale,
    multiple: 1,
    reachPx: null, // channel attention sees the whole image; the sum of its windows exceeds any image
    forward({ image }) {
      const features = fromImage(image);
      return [
        toImage(
          add(
            body.reduce((x, layer) => layer(x), features),
            features,
          ),
        ),
      ];
    },
  };
}

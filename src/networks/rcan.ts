/** @file RCAN (Zhang et al. 2018, Image Super-Resolution Using Very Deep Residual Channel Attention Networks), at scale 1 a deblurrer. */
import * as z from "zod";
import { add } from "../graph/ops/arithmetic.js";
import { Scope } from "../nn/parameters.js";
import type { Network } from "./network.js";
import { aroundFeatures, residualGroupsShape } from "./residual-groups.js";

export const rcanSchema = z.strictObject({ architecture: z.literal("rcan"), ...residualGroupsShape });
export type RcanConfig = z.infer<typeof rcanSchema>;

export function rcan(config: RcanConfig): Network {
  const root = Scope.root();
  // The published code asks for a fixed mean colour in a way that does nothing: its 24 numbers are trained.
  const { fromImage, body, toImage } = aroundFeatures(root, config, { meanTrainable: true });
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    multiple: 1,
    reachPx: null, // channel attention sees the whole image; its windows, added up, would be wider than any
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

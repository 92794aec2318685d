/**
 * @file DWDN (Dong et al. 2020, Deep Wiener Deconvolution): features are deconvolved, then refined by one U-Net at two
 * scales.
 */
import * as z from "zod";
import { add } from "../../graph/ops/arithmetic.js";
import { resample } from "../../graph/ops/resample.js";
import { concat } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { Scope } from "../../nn/parameters.js";
import { positiveCount } from "../counts.js";
import type { Network } from "../network.js";
import { ascent, conv, entrance, residualBlocks } from "./layers.js";
import { normalised, wienerFeatures } from "./wiener.js";

export const dwdnSchema = z.strictObject({
  architecture: z.literal("dwdn"),
  deconvolved: positiveCount.default(16).describe("channels that are deconvolved"),
  features: positiveCount.default(32).describe("channels of the U-Net's finest level"),
});
export type DwdnConfig = z.infer<typeof dwdnSchema>;

/** Outputs at half size, then at full size with the features of the half-sized pass. Values are 0 .. 1. */
export function dwdn({ deconvolved, features }: DwdnConfig): Network {
  const root = Scope.root();
  const see = entrance(root.child("FeatureBlock"), 3, deconvolved);
  const inBlocks = [
    entrance(root.child("inBlock1"), deconvolved, features),
    entrance(root.child("inBlock2"), deconvolved + features, features),
  ] as const;
  const down1 = entrance(root.child("encoder_first"), features, 2 * features, 2);
  const down2 = entrance(root.child("encoder_second"), 2 * features, 4 * features, 2);
  const up2 = ascent(root.child("decoder_second"), 4 * features, 2 * features);
  const up1 = ascent(root.child("decoder_first"), 2 * features, features);
  const out = residualBlocks(root.child("outBlock"), features);
  const colour = conv(root.child("outBlock2", 0), features, 3);
  const refine = (x: Tensor): Tensor => {
    const e1 = down1(x);
    return out(add(up1(add(up2(down2(e1)), e1)), x));
  };
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    takesKernel: true,
    multiple: 8,
    reachPx: null, // the Wiener filter sees the whole picture
    forward({ image, kernel }) {
      const clear = wienerFeatures(see(image), normalised(kernel));
      const [height, width] = image.shape.slice(-2) as [number, number];
      const half = refine(inBlocks[0](resample(clear, { mode: "bilinear", size: [height / 2, width / 2] })));
      const enlarged = resample(half, { mode: "bilinear", size: [height, width] });
      const result = colour(refine(inBlocks[1](concat([clear, enlarged], 1))));
      return [colour(half), result];
    },
  };
}

/** @file DeblurGAN-v2 on Inception-ResNet-v2: the large generator. */
import * as z from "zod";
import { Scope } from "../../nn/parameters.js";
import type { Network } from "../network.js";
import { inceptionResnetV2 } from "./inception-resnet-v2.js";
import { matchingFilters, pyramidGenerator, pyramidShape } from "./pyramid.js";

export const fpnInceptionSchema = z
  .strictObject({ architecture: z.literal("fpn-inception"), ...pyramidShape(128) })
  .refine(matchingFilters, { path: ["pyramidFilters"], error: "must be twice as many as filters" });
export type FpnInceptionConfig = z.infer<typeof fpnInceptionSchema>;

export function fpnInception(config: FpnInceptionConfig): Network {
  const root = Scope.root();
  return pyramidGenerator(root, inceptionResnetV2(root), config, "fpn-inception");
}

/** @file What a network costs and how far it sees, from its graph: nothing is computed. */
import { UnblurError } from "../base/errors.js";
import { multiplyAdds } from "../graph/multiply-adds.js";
import { input } from "../graph/tensor.js";
import { countParameters } from "../nn/parameters.js";
import { createNetwork, type NetworkConfig } from "./catalog.js";
import type { Network } from "./network.js";

/** Sides of square pictures: a training crop's, and that of about a megapixel. */
const [CROP_PX, PHOTO_PX] = [256, 1024];

export interface NetworkCost {
  readonly parameters: number;
  /**
   * Multiply-adds of one pass, a million pixels, on pictures of 256 px and of 1024 px: more on the larger ones if the cost of a pixel grows
   * with the picture, as that of softmax attention does. Null where the network does not take such a picture.
   */
  readonly macsPerMegapixel: { readonly at256px: number | null; readonly at1024px: number | null };
  /** How far a pixel's result depends on its surroundings, in pixels to each side; null if on the whole picture. */
  readonly reachPx: number | null;
  /** Side of the square that a pixel's result depends on: the reach to both sides and the pixel; null as there. */
  readonly receptiveFieldPx: number | null;
}

/** Of one pass over a square picture, `sidePx` rounded up to what the network accepts. */
export const networkMultiplyAdds = (config: NetworkConfig, sidePx: number): number =>
  passMultiplyAdds(createNetwork(config), sidePx);

function passMultiplyAdds(network: Network, sidePx: number): number {
  const side = Math.ceil(sidePx / network.multiple) * network.multiple;
  const image = input("image", [1, network.inChannels, side, side]);
  return multiplyAdds([network.forward({ image, level: input("level", [1, 1]) }).at(-1)!]);
}

/** A network may refuse a picture as too large, and says so when its graph is built. */
function perMegapixel(network: Network, sidePx: number): number | null {
  try {
    return (passMultiplyAdds(network, sidePx) / sidePx ** 2) * 1e6;
  } catch (error) {
    if (error instanceof UnblurError) return null;
    throw error;
  }
}

export function networkCost(config: NetworkConfig): NetworkCost {
  const network = createNetwork(config);
  return {
    parameters: countParameters(network.parameters),
    macsPerMegapixel: { at256px: perMegapixel(network, CROP_PX), at1024px: perMegapixel(network, PHOTO_PX) },
    reachPx: network.reachPx,
    receptiveFieldPx: network.reachPx === null ? null : 2 * network.reachPx + 1,
  };
}

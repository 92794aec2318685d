/** @file Cost and receptive field of a network, computed from its graph without running it. */
import { UnblurError } from "../base/errors.js";
import { multiplyAdds } from "../graph/multiply-adds.js";
import { input } from "../graph/tensor.js";
import { countParameters } from "../nn/parameters.js";
import { createNetwork, type NetworkConfig } from "./catalog.js";
import type { Network } from "./network.js";

/** Sides of square pictures in pixels: a training crop, and about one megapixel. */
const [CROP_PX, PHOTO_PX] = [256, 1024];

/** Side of the kernel that networks with a known kernel are given. */
const KERNEL_PX = 31;

export interface NetworkCost {
  readonly parameters: number;
  /**
   * Multiply-adds of one pass per million pixels, on pictures of 256 px and of 1024 px. The second is larger if the
   * cost per pixel grows with the picture, as for softmax attention. Null if the network refuses a picture of that
   * size.
   */
  readonly macsPerMegapixel: { readonly at256px: number | null; readonly at1024px: number | null };
  /**
   * Distance to which a pixel's result depends on its surroundings, in pixels to each side; null if on the whole
   * picture.
   */
  readonly reachPx: number | null;
  /** Side of the square that a pixel's result depends on, in pixels: 2 reachPx + 1; null if the whole picture. */
  readonly receptiveFieldPx: number | null;
}

/** Multiply-adds of one pass over a square picture; `sidePx` is rounded up to a multiple that the network accepts. */
export const networkMultiplyAdds = (config: NetworkConfig, sidePx: number): number =>
  passMultiplyAdds(createNetwork(config), sidePx);

function passMultiplyAdds(network: Network, sidePx: number): number {
  const side = Math.ceil(sidePx / network.multiple) * network.multiple;
  const image = input("image", [1, network.inChannels, side, side]);
  const kernel = network.takesKernel ? { kernel: input("kernel", [1, 1, KERNEL_PX, KERNEL_PX]) } : {};
  return multiplyAdds([network.forward({ image, level: input("level", [1, 1]), ...kernel }).at(-1)!]);
}

/** Null if the network refuses the picture as too large; it does so when its graph is built. */
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

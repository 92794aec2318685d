/**
 * @file Conversion of pixel ranges. In published networks black is 0 and white is 1 or 255; in this program pixels
 * range from -1 to 1.
 */
import { add, mul, sub } from "../graph/ops/arithmetic.js";
import type { Network } from "./network.js";

/** A network with pixels in [0, white] wrapped to take and return the signed range. The weights do not change. */
export function inSignedRange(network: Network, white: number): Network {
  return {
    ...network,
    forward: (inputs) =>
      network
        .forward({ ...inputs, image: mul(add(inputs.image, 1), white / 2) })
        .map((output) => sub(mul(output, 2 / white), 1)),
  };
}

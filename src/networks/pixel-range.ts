/** @file Networks of published code see black as 0 and white as 1 or 255; the rest of the program has pixels from -1 to 1. */
import { add, mul, sub } from "../graph/ops/arithmetic.js";
import type { Network } from "./network.js";

/** A network whose pixels go from 0 to `white` as one of the signed range: the same weights, converted at both ends. */
export function inSignedRange(network: Network, white: number): Network {
  return {
    ...network,
    forward: (inputs) =>
      network
        .forward({ ...inputs, image: mul(add(inputs.image, 1), white / 2) })
        .map((output) => sub(mul(output, 2 / white), 1)),
  };
}

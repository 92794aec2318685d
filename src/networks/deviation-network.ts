/**
 * @file A network that predicts a standard deviation. Its result is read as the logarithm (as in Kendall and Gal 2017),
 * softly bounded so that the deviation neither explodes nor approaches zero.
 */
import { add, mul } from "../graph/ops/arithmetic.js";
import { exp, tanh } from "../graph/ops/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import type { Network, NetworkInputs } from "./network.js";

/**
 * Bounds of the logarithm, for pixels in [-1, 1]: the lower is a ninth of one of 255 levels, the upper is mid grey to
 * white.
 */
export const LOG_DEVIATION = { lowest: -7, highest: 0 } as const;

const MIDDLE = (LOG_DEVIATION.lowest + LOG_DEVIATION.highest) / 2;
const HALF = (LOG_DEVIATION.highest - LOG_DEVIATION.lowest) / 2;

/**
 * The network's result, [N, C, H, W], mapped to the logarithm of a standard deviation: 0 maps to the middle, with a
 * slope of 1.
 */
export const logDeviation = (network: Network, inputs: NetworkInputs): Tensor =>
  add(mul(tanh(mul(network.forward(inputs).at(-1)!, 1 / HALF)), HALF), MIDDLE);

/** The network with the standard deviation as its result. */
export const deviationNetwork = (network: Network): Network => ({
  ...network,
  forward: (inputs) => [exp(logDeviation(network, inputs))],
});

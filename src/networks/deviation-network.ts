/**
 * @file A network whose result is read as a standard deviation: its logarithm, softly bounded, so that it neither
 * explodes nor comes near zero (Kendall and Gal 2017 predict the logarithm, too).
 */
import { add, mul } from "../graph/ops/arithmetic.js";
import { exp, tanh } from "../graph/ops/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import type { Network, NetworkInputs } from "./network.js";

/** Bounds of the logarithm. In pixels from -1 to 1 the lower one is a ninth of a level of 255, the upper one mid grey to white. */
export const LOG_DEVIATION = { lowest: -7, highest: 0 } as const;

const MIDDLE = (LOG_DEVIATION.lowest + LOG_DEVIATION.highest) / 2;
const HALF = (LOG_DEVIATION.highest - LOG_DEVIATION.lowest) / 2;

/** The network's result, [N, C, H, W], as the logarithm of a standard deviation: 0 is the middle, with a slope of 1. */
export const logDeviation = (network: Network, inputs: NetworkInputs): Tensor =>
  add(mul(tanh(mul(network.forward(inputs).at(-1)!, 1 / HALF)), HALF), MIDDLE);

/** The same network, with the standard deviation as its result. */
export const deviationNetwork = (network: Network): Network => ({
  ...network,
  forward: (inputs) => [exp(logDeviation(network, inputs))],
});

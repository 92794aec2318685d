/** @file Combines a motion network and the predictor that takes its result into one network, for export. */
import { argumentError } from "../base/errors.js";
import { concat, slice } from "../graph/ops/shape.js";
import type { Network } from "./network.js";

/**
 * Input: [photo, deconvolution]. The predictor is applied to [photo, result of the motion network], followed by the
 * deconvolution if it has channels for it. Throws `argument` if a parameter name occurs in both networks.
 */
export function withMotion(motion: Network, predictor: Network): Network {
  const parameters = [...motion.parameters, ...predictor.parameters];
  const twice = parameters.find(({ label }, i) => parameters.findIndex((other) => other.label === label) !== i);
  if (twice) throw argumentError("withMotion", "parameters of different names", `"${twice.label}" in both networks`);
  return {
    parameters,
    inChannels: 2 * motion.outChannels,
    outChannels: predictor.outChannels,
    multiple: Math.max(motion.multiple, predictor.multiple), // powers of two
    reachPx: motion.reachPx === null || predictor.reachPx === null ? null : motion.reachPx + predictor.reachPx,
    forward({ image }) {
      const channels = motion.outChannels;
      const better = motion.forward({ image: slice(image, 1, 0, motion.inChannels) }).at(-1)!;
      const deconvolution = predictor.inChannels > 2 * channels ? [slice(image, 1, channels, 2 * channels)] : [];
      return predictor.forward({ image: concat([slice(image, 1, 0, channels), better, ...deconvolution], 1) });
    },
  };
}

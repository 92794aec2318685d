/** @file The motion network in the threads that make training data. */
import type { SceneMotion } from "../../../src/data/draw-deconvolved.js";
import { createNetwork, type NetworkConfig } from "../../../src/networks/catalog.js";
import type { Weights } from "../../../src/nn/parameters.js";
import { WindowedNetwork } from "../../../src/restoration/windowed-network.js";
import { fingerprint } from "../files/fingerprint.js";
import { createRuntime } from "../threads/runtime.js";

/** A trained motion network as plain data, which can be sent to a thread. */
export interface MotionNetwork {
  readonly config: NetworkConfig;
  readonly weights: Weights;
  /** Whether its input includes the deconvolution. */
  readonly seesDeconvolution: boolean;
  /** Whether the predictor's input includes the deconvolution beside the motion network's result. */
  readonly beside: boolean;
  /** Whether the predictor's input includes the residual of the deconvolution. */
  readonly residual: boolean;
}

/**
 * Opens the network with one thread and one window: scenes are small and are made one at a time beside the training.
 */
export function openSceneMotion({ config, weights, seesDeconvolution, beside, residual }: MotionNetwork): SceneMotion {
  const network = new WindowedNetwork(createNetwork(config), weights, createRuntime({ threads: 1 }), 1_000_000);
  return {
    ...{ seesDeconvolution, beside, residual },
    key: fingerprint(JSON.stringify(config), ...[...weights].map(([, values]) => values)),
    async restore(photo, deconvolved) {
      const { width, height } = photo;
      return {
        ...photo,
        data: await network.run({ width, height, images: deconvolved ? [photo, deconvolved] : [photo] }),
      };
    },
    release: () => network.release(),
  };
}

/** @file The motion network on the threads that make training data. */
import type { SceneMotion } from "../../../src/data/draw-deconvolved.js";
import { createNetwork, type NetworkConfig } from "../../../src/networks/catalog.js";
import type { Weights } from "../../../src/nn/parameters.js";
import { WindowedNetwork } from "../../../src/restoration/windowed-network.js";
import { fingerprint } from "../files/fingerprint.js";
import { createRuntime } from "../threads/runtime.js";

/** A trained motion network as plain data, so that it can be sent to a thread. */
export interface MotionNetwork {
  readonly config: NetworkConfig;
  readonly weights: Weights;
  /** Whether it sees the deconvolution beside the photo. */
  readonly seesDeconvolution: boolean;
  /** The predictor sees the deconvolution beside what this makes of it. */
  readonly beside: boolean;
  /** The predictor sees what the deconvolution leaves of the photo, too. */
  readonly residual: boolean;
}

/** Scenes are small, and made one at a time beside a training: one thread, one window. */
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

/** @file The motion network on the threads that prepare scenes. */
import { createNetwork, type NetworkConfig } from "../../../src/networks/catalog.js";
import type { Weights } from "../../../src/nn/parameters.js";
import { WindowedNetwork } from "../../../src/restoration/windowed-network.js";
import type { SceneMotion } from "../../../src/training/prepare-scene.js";
import { createRuntime } from "../threads/runtime.js";

/** A trained motion network as plain data, so that it can be sent to a thread. */
export interface MotionNetwork extends Omit<SceneMotion, "restore"> {
  readonly config: NetworkConfig;
  readonly weights: Weights;
}

/** One thread and one window: scenes are small, and several threads prepare them. */
export function openSceneMotion({
  config,
  weights,
  ...shown
}: MotionNetwork): SceneMotion & { release(): Promise<void> } {
  const network = new WindowedNetwork(createNetwork(config), weights, createRuntime({ threads: 1 }), 1_000_000);
  return {
    ...shown,
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

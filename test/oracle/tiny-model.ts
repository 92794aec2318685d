/** @file A small model for tests of whole restorations. */
import type { Rng } from "../../src/base/random.js";
import { createNetwork } from "../../src/networks/catalog.js";
import type { Weights } from "../../src/nn/parameters.js";
import { type ModelConfig, PARTS, type Part } from "../../src/restoration/model-config.js";
import { aliveWeights } from "./alive-weights.js";

/** Config of a U-Net with two levels; a predictor if `levelChannels` is 0, else a diffusion network. */
export const tinyUnet = (inChannels: number, levelChannels: number) => ({
  architecture: "residual-unet",
  inChannels,
  widths: [4, 8],
  blocks: [1, 1],
  middleBlocks: 1,
  levelChannels,
  addInput: levelChannels === 0,
});

export const sampling = { sampler: { kind: "ancestral" }, spacing: { kind: "log-snr" }, steps: 3 };
export const schedule = { kind: "linear", T: 1000, start: 1e-4, end: 0.02 };

/** Weights of each part, every path alive and outputs small. */
export const aliveParts = (config: ModelConfig, rng: Rng): Partial<Record<Part, Weights>> =>
  Object.fromEntries(
    PARTS.flatMap((part) => {
      const described = config[part];
      if (!described) return [];
      const { parameters } = createNetwork(described.network);
      return [[part, aliveWeights(parameters, { initial: rng.fork(part), instead: rng, scale: 0.05 })]];
    }),
  );

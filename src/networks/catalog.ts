/** @file Every architecture, once. Configurations, the command line and the docs read this list. */
import { z } from "zod";
import { type ConditionalUnetConfig, conditionalUnet, conditionalUnetSchema } from "./conditional-unet.js";
import type { Network } from "./network.js";
import { type ResidualUnetConfig, residualUnet, residualUnetSchema } from "./residual-unet.js";
import { type Sr3NetworkConfig, sr3, sr3Schema } from "./sr3.js";

/** The configuration of any architecture, told apart by `architecture`. */
export const networkConfigSchema = z.discriminatedUnion("architecture", [
  residualUnetSchema,
  conditionalUnetSchema,
  sr3Schema,
]);
export type NetworkConfig = z.infer<typeof networkConfigSchema>;
export type Architecture = NetworkConfig["architecture"];

export interface ArchitectureEntry<Config> {
  readonly summary: string;
  readonly source: string;
  readonly create: (config: Config) => Network;
}

interface Configs {
  "residual-unet": ResidualUnetConfig;
  "conditional-unet": ConditionalUnetConfig;
  sr3: Sr3NetworkConfig;
}

export const ARCHITECTURES: { readonly [A in Architecture]: ArchitectureEntry<Configs[A]> } = {
  "residual-unet": {
    summary:
      "U-shaped network of residual blocks on pixel-unshuffled images, without normalisation or attention: any size, exact tiles",
    source: "this project",
    create: residualUnet,
  },
  "conditional-unet": {
    summary: "the paper's conditional DDPM: SR3's U-Net with linear attention in every block",
    source: "Song, Leem, Kang, Ledwon, Image Deblurring with Generative Diffusion Process",
    create: conditionalUnet,
  },
  sr3: {
    summary: "SR3's U-Net with softmax self-attention at chosen levels",
    source: "Saharia et al. 2021, Image Super-Resolution via Iterative Refinement",
    create: sr3,
  },
};

/** Builds a network's parameters; its graph is built by `forward`, for each size anew. */
export function createNetwork(config: NetworkConfig): Network {
  // The map and the union have the same keys, which the compiler cannot see through the index.
  const entry = ARCHITECTURES[config.architecture] as ArchitectureEntry<NetworkConfig>;
  return entry.create(config);
}

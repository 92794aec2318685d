/** @file Imported weights of the networks whose features measure perceptual similarity. */
import { existsSync } from "node:fs";
import type { CheckpointContent } from "../../../src/exchange/content.js";
import {
  FEATURE_NETWORKS,
  type FeatureNetwork,
  featureParameters,
  howToGet,
  recogniseFeatures,
} from "../../../src/nn/backbones/catalog.js";
import { checkWeights, type Weights } from "../../../src/nn/parameters.js";
import {
  type InstalledWeights,
  installWeights,
  loadWeights,
  tensorIn,
  type WeightsSource,
  weightsPath,
} from "./imported-weights.js";

export const hasFeatures = (network: FeatureNetwork): boolean => existsSync(weightsPath("features", network));

/** The installed weights; null if there are none. Throws `checkpoint` for a damaged file. */
export async function loadFeatures(network: FeatureNetwork): Promise<Weights | null> {
  const tensors = await loadWeights("features", network);
  if (!tensors) return null;
  const weights = new Map([...tensors].map(([name, { values }]) => [name, values]));
  const where = `${weightsPath("features", network)} (import its file again: ${howToGet([network])})`;
  checkWeights(featureParameters(network), weights, where);
  return weights;
}

/** Result of importing a file of weights. */
export interface InstalledFeatures extends InstalledWeights {
  readonly network: FeatureNetwork;
  /** True if the file has the published checksum; null if none is published. */
  readonly published: boolean | null;
}

/** Returns the network that a checkpoint's tensors belong to, or null. */
export const featuresIn = (content: CheckpointContent): FeatureNetwork | null =>
  recogniseFeatures((name) => tensorIn(content)(name)?.shape);

/** Installs the weights. Throws as `installWeights` does. */
export async function installFeatures(
  network: FeatureNetwork,
  content: CheckpointContent,
  source: WeightsSource,
  options: { readonly force?: boolean; readonly name?: string } = {},
): Promise<InstalledFeatures> {
  const { label, sha256 } = FEATURE_NETWORKS[network];
  const set = { kind: "features", name: network, label } as const;
  const installed = await installWeights(set, featureParameters(network), content, source, options);
  return { ...installed, network, published: sha256 === null ? null : source.sha256.startsWith(sha256) };
}

/** @file Imported networks that deconvolve with a given kernel. */
import { existsSync } from "node:fs";
import { UnblurError } from "../../../src/base/errors.js";
import type { CheckpointContent } from "../../../src/exchange/content.js";
import {
  KNOWN_KERNEL_NETWORKS,
  type KnownKernelName,
  recogniseKnownKernel,
} from "../../../src/networks/known-kernel/catalog.js";
import type { Network } from "../../../src/networks/network.js";
import type { Weights } from "../../../src/nn/parameters.js";
import {
  type InstalledWeights,
  installWeights,
  loadWeights,
  tensorIn,
  type WeightsSource,
  weightsPath,
} from "./imported-weights.js";

export const hasKernelNetwork = (name: KnownKernelName): boolean => existsSync(weightsPath("kernel-networks", name));

/** Loads the network. Throws `file` if it is not installed, with instructions, and `checkpoint` for a damaged file. */
export async function loadKernelNetwork(
  name: KnownKernelName,
): Promise<{ readonly network: Network; readonly weights: Weights }> {
  const { label, file, source } = KNOWN_KERNEL_NETWORKS[name];
  const path = weightsPath("kernel-networks", name);
  const tensors = await loadWeights("kernel-networks", name);
  if (!tensors)
    throw new UnblurError(
      "file",
      `${label} is not installed: download ${file} (${source}) and install it with "unblur import FILE"`,
    );
  const found = recogniseKnownKernel((key) => tensors.get(key)?.shape);
  if (found?.name !== name)
    throw new UnblurError("checkpoint", `${path}: not the weights of ${label}; import its file again with --force`);
  return { network: found.network, weights: new Map([...tensors].map(([key, { values }]) => [key, values])) };
}

export interface InstalledKernelNetwork extends InstalledWeights {
  readonly kernelFilter: KnownKernelName;
}

/** Installs the network that a checkpoint belongs to; null if it is none of these. Throws as `installWeights` does. */
export async function installKernelNetwork(
  content: CheckpointContent,
  source: WeightsSource,
  options: { readonly force?: boolean; readonly name?: string } = {},
): Promise<InstalledKernelNetwork | null> {
  const found = recogniseKnownKernel((key) => tensorIn(content)(key)?.shape);
  if (!found) return null;
  const { name, network } = found;
  const set = { kind: "kernel-networks", name, label: KNOWN_KERNEL_NETWORKS[name].label } as const;
  return { ...(await installWeights(set, network.parameters, content, source, options)), kernelFilter: name };
}

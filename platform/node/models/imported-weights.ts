/** @file Imported weights that are no model by themselves: UNBLUR_HOME/KIND/NAME.safetensors. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import type { CheckpointContent, CheckpointTensor } from "../../../src/exchange/content.js";
import { allFinite } from "../../../src/exchange/model-files.js";
import { encodeSafetensors, parseSafetensors } from "../../../src/exchange/safetensors.js";
import { countParameters, type Parameter } from "../../../src/nn/parameters.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { unblurHome } from "../files/home.js";
import { readRegular } from "../files/read-regular.js";

/** Folders beside that of the models. */
export type WeightsKind = "features" | "kernel-networks";

export const weightsPath = (kind: WeightsKind, name: string): string => join(unblurHome(), kind, `${name}.safetensors`);

/** Reads installed weights; null if there are none. Throws `checkpoint` for a damaged file. */
export async function loadWeights(kind: WeightsKind, name: string): Promise<Map<string, CheckpointTensor> | null> {
  const path = weightsPath(kind, name);
  if (!existsSync(path)) return null;
  const { tensors } = parseSafetensors(await readRegular(path), path);
  return new Map(
    [...tensors].flatMap(([label, { shape, data }]) =>
      data instanceof Float32Array ? [[label, { shape, dtype: "float32", values: data }] as const] : [],
    ),
  );
}

export interface WeightsSource {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Result of importing a file of weights. */
export interface InstalledWeights {
  readonly path: string;
  readonly parameters: number;
  readonly source: WeightsSource;
}

/** A tensor of a checkpoint, whether it belongs to a layer or not. */
export const tensorIn =
  ({ tensors, buffers }: CheckpointContent) =>
  (name: string): CheckpointTensor | undefined =>
    tensors.get(name) ?? buffers.get(name);

/**
 * Installs the weights, reads them back and compares. Throws `file` if they are installed already and may not be
 * replaced.
 */
export async function installWeights(
  { kind, name, label }: { readonly kind: WeightsKind; readonly name: string; readonly label: string },
  parameters: readonly Parameter[],
  content: CheckpointContent,
  source: WeightsSource,
  { force = false, name: asked }: { readonly force?: boolean; readonly name?: string } = {},
): Promise<InstalledWeights> {
  if (asked !== undefined && asked !== name)
    throw argumentError("import", `weights of ${label} have the name ${name}; leave --as out`, asked);
  const path = weightsPath(kind, name);
  if (existsSync(path) && !force)
    throw new UnblurError("file", `${path}: these weights are installed already; replace them with --force`);
  const valuesOf = (key: string): Float32Array => tensorIn(content)(key)!.values;
  for (const { label: key } of parameters)
    if (!allFinite(valuesOf(key)))
      throw new UnblurError(
        "checkpoint",
        `${source.file}: "${key}" holds numbers that are not finite; get the file again`,
      );
  const bytes = encodeSafetensors({
    tensors: new Map(
      parameters.map(({ label: key, shape }) => [key, { dtype: "F32" as const, shape, data: valuesOf(key) }]),
    ),
    metadata: { source: basename(source.file), sha256: source.sha256 },
  });
  await writeFileAtomically(path, bytes, { makeFolders: true });
  const written = await loadWeights(kind, name);
  const wrong = parameters.find(({ label: key }) =>
    valuesOf(key).some((value, i) => written?.get(key)?.values[i] !== value),
  );
  if (wrong)
    throw new UnblurError(
      "file",
      `${path}: what was written reads otherwise ("${wrong.label}"); check the disk and try again`,
    );
  return { path, source, parameters: countParameters(parameters) };
}

/** @file Exports a model as ONNX files, each compared with this program's engine before it gets its name. */
import { dirname } from "node:path";
import { argumentError, throwIfCancelled } from "../../../src/base/errors.js";
import { type ExportRole, exportRole, rolesOf } from "../../../src/exchange/onnx/export-model.js";
import { type VerifiedSize, verifyExport } from "../../../src/exchange/onnx/verify-export.js";
import { withCallbacks } from "../../../src/library/callbacks.js";
import { givenOptions } from "../../../src/library/settings.js";
import type { Pooling } from "../../../src/nn/pooling.js";
import type { ModelConfig } from "../../../src/restoration/model-config.js";
import { pooledModel } from "../../../src/restoration/pooled-model.js";
import { checkNames, StagedFiles } from "../files/atomic-file.js";
import { checkFolder } from "../files/check-folder.js";
import { createRuntime } from "../threads/runtime.js";
import { loadModel } from "./load-model.js";

export interface ExportModelOptions {
  /**
   * Output path; the model's name with ".onnx" in the working folder when left out. Two files get their roles:
   * "out-denoiser.onnx".
   */
  readonly out?: string;
  /** Replace existing files. */
  readonly force?: boolean;
  /** Region of the predictor's means; overrides the model's. */
  readonly pooling?: Pooling;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  onProgress?(stage: string): void;
}

export interface ExportedModelFile {
  readonly path: string;
  readonly role: ExportRole;
  readonly bytes: number;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Differences at sizes that the file was not built from. */
  readonly errors: readonly VerifiedSize[];
}

/**
 * Exports a model; `model` as for `loadModel`. Yields each file once all are written. If one differs from this
 * program's engine, or cannot be written, none is kept. Throws the signal's reason when that fires.
 */
export async function* exportModel(
  model: string,
  options?: ExportModelOptions,
): AsyncGenerator<ExportedModelFile, void, undefined> {
  const given = givenOptions("exportModel", options);
  given.signal?.throwIfAborted();
  yield* await withCallbacks(given.signal, ({ signal }) => writtenFiles(model, { ...given, signal }));
}

/** Why a model of no role has no file. */
function withoutForm({ blur, knownKernel }: ModelConfig): string {
  if (blur) return "blurs";
  return knownKernel
    ? "is given the kernel of the blur, and its transforms are for one size of picture"
    : "is deconvolution alone, which has no ONNX form";
}

async function writtenFiles(
  model: string,
  { out, force = false, pooling, threads, signal, onProgress }: ExportModelOptions,
): Promise<readonly ExportedModelFile[]> {
  const loaded = await loadModel(model);
  const pooled = pooling ? pooledModel(loaded, pooling) : loaded;
  const roles = rolesOf(pooled);
  if (roles.length === 0)
    throw argumentError(
      "export",
      `expected a model with a network that restores; this one ${withoutForm(pooled.config)}`,
      pooled.name,
    );
  const stem = (out ?? pooled.name.replace(/[^\w.-]+/g, "-")).replace(/\.onnx$/i, "");
  // A predictor alone has the model's name; a file that needs another file or a sampler has its role in the name.
  const pathOf = (role: ExportRole) =>
    roles.length === 1 && role === "predictor" ? `${stem}.onnx` : `${stem}-${role}.onnx`;
  await checkNames(roles.map(pathOf), { replace: force });
  checkFolder(dirname(stem));
  await using files = new StagedFiles({ replace: force, makeFolders: true });
  const written: ExportedModelFile[] = [];
  const runtime = createRuntime({ arena: false, threads });
  for (const role of roles) {
    throwIfCancelled(signal);
    await onProgress?.(`writing the ${role}`);
    const exported = exportRole(pooled, role);
    await onProgress?.(`comparing the ${role} with unblur's own engine`);
    const errors = await verifyExport(exported, runtime);
    throwIfCancelled(signal);
    await files.write(pathOf(role), exported.file);
    const { pictures, takesLevel, result } = exported.form;
    const inputs = [...pictures.map(({ name }) => name), ...(takesLevel ? ["level"] : [])];
    written.push({ path: pathOf(role), role, bytes: exported.file.byteLength, inputs, output: result.name, errors });
  }
  await files.commit();
  return written;
}

/** @file `-` instead of a file: a photo from standard input, or its restoration on standard output. */
import { isFolder } from "../../platform/node/files/check-folder.js";
import { readPictureStream } from "../../platform/node/photos/image-source.js";
import { type BatchOptions, type BatchPlan, planBatch } from "../../platform/node/photos/plan-batch.js";
import type { RestoreFileOptions } from "../../platform/node/photos/restore-file.js";
import type { Io } from "./io.js";
import { UsageError } from "./usage-error.js";

const PIPE = "-";

export interface PipedPhoto {
  readonly plan: BatchPlan;
  /** true: the restoration itself goes to standard output, so nothing else may be printed there. */
  readonly toOutput: boolean;
  /** Reads the photo and returns the destination of the restoration. Rejects if reading fails. */
  open(io: Io): Promise<Pick<RestoreFileOptions, "bytes" | "name" | "writeTo">>;
}

/** The piped photo, or null if neither input nor output is `-`. Throws UsageError for several inputs or outputs. */
export async function pipedPhoto(
  files: readonly string[],
  options: BatchOptions & { readonly json: boolean },
): Promise<PipedPhoto | null> {
  const { out, format, samples = 1, check = false, json } = options;
  const fromInput = files.includes(PIPE);
  const toOutput = out === PIPE || (fromInput && out === undefined);
  if (!fromInput && !toOutput) return null;
  const [file] = files as [string];
  if (files.length > 1)
    throw new UsageError(
      `-: expected one picture with standard input or output, got ${files.length}; run them one by one`,
    );
  if (toOutput && (samples > 1 || check || json))
    throw new UsageError("--out -: expected one result, got --samples, --check or --json as well; give --out FILE");
  if (toOutput && isFolder(file))
    throw new UsageError(`--out -: expected one picture, got the folder "${file}"; name a file`);
  if (!toOutput && (isFolder(out!) || /[/\\]$/.test(out!)))
    throw new UsageError(
      `--out ${out}: expected a file for the picture from standard input, got a folder; name a file`,
    );
  const plan = toOutput
    ? {
        ...{ renamed: [], skipped: [], refused: [], others: new Map<string, number>() },
        plans: [{ input: file, outputs: [PIPE], format: format ?? null, summary: null, kernels: null }],
      }
    : await planBatch(files, options);
  return {
    ...{ plan, toOutput },
    async open(io) {
      return {
        ...(fromInput
          ? { name: "standard input", bytes: await readPictureStream(io.stdin(), { signal: io.signal }) }
          : {}),
        ...(toOutput ? { writeTo: (bytes) => io.printBytes(bytes) } : {}),
      };
    },
  };
}

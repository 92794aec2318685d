/**
 * @file A checkpoint of a run as one safetensors file: the whole state (weights, average, optimiser) under the names of
 * `stateLayout`, and in the metadata the rest that an exact resume needs: progress and seed.
 */
import { UnblurError } from "../base/errors.js";
import { checksum } from "../exchange/checksum.js";
import { parseSafetensors, type StoredTensors, safetensorsParts } from "../exchange/safetensors.js";
import { sameShape } from "../graph/tensor.js";
import type { StateEntry, StateValues } from "./state.js";

/** Progress of a run. */
export interface Progress {
  /** Number of completed steps. */
  readonly step: number;
  readonly imagesSeen: number;
  /** Training time over all sessions. */
  readonly elapsedMs: number;
  /** First batch that no share of a round has received, counted from 0; for runs in rounds. */
  readonly nextBatch?: number;
}

export interface Checkpoint {
  readonly progress: Progress;
  readonly seed: number;
  readonly state: StateValues;
}

/** The state that shares of a round start from and end with, in the form of a checkpoint. */
export interface EncodedState {
  readonly parts: readonly Uint8Array[];
  /** Checksum of everything in it. */
  readonly id: string;
}

const FORMAT = "unblur training checkpoint 1";

/** Checksum of names, shapes, progress and values. */
function checksumOf({ tensors, metadata }: StoredTensors): string {
  const { checksum: _, ...rest } = metadata;
  const described = [...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]);
  const text = new TextEncoder().encode(JSON.stringify([Object.entries(rest).sort(), described]));
  const values = [...tensors.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return checksum([text, ...values]);
}

/** The bytes of a checkpoint as views of the state's arrays: write them before the next step. */
export function checkpointParts(layout: readonly StateEntry[], checkpoint: Checkpoint): readonly Uint8Array[] {
  return encodeState(layout, checkpoint).parts;
}

/** The same, with its checksum. */
export function encodeState(layout: readonly StateEntry[], { progress, seed, state }: Checkpoint): EncodedState {
  const tensors: StoredTensors["tensors"] = new Map(
    layout.map(({ name, shape }) => [name, { dtype: "F32", shape, data: state.get(name)! }]),
  );
  const metadata = { format: FORMAT, progress: JSON.stringify(progress), seed: String(seed) };
  const id = checksumOf({ tensors, metadata });
  return { parts: safetensorsParts({ tensors, metadata: { ...metadata, checksum: id } }), id };
}

/**
 * Reads a checkpoint without knowing its network or recipe. `where` names it in errors. Throws `checkpoint` for any
 * damage.
 */
export function parseCheckpoint(bytes: Uint8Array, where: string): Checkpoint & { readonly stored: StoredTensors } {
  const stored = parseSafetensors(bytes, where);
  const { format, progress, seed } = stored.metadata;
  if (format !== FORMAT)
    throw new UnblurError("checkpoint", `${where}: expected "${FORMAT}" in the metadata, got "${format}"`);
  if (stored.metadata.checksum !== checksumOf(stored))
    throw new UnblurError("checkpoint", `${where}: damaged: its checksum does not match its contents`);
  return {
    progress: JSON.parse(progress!) as Progress, // the checksum guarantees that it is as written
    seed: Number(seed),
    state: new Map([...stored.tensors].map(([name, { data }]) => [name, data as Float32Array])),
    stored,
  };
}

/** Throws `checkpoint` unless names and shapes are exactly those of `layout`. */
export function checkLayout({ tensors }: StoredTensors, layout: readonly StateEntry[], where: string): void {
  const problems = layout.flatMap(({ name, shape }) => {
    const got = tensors.get(name);
    if (!got) return [`"${name}" is missing`];
    return sameShape(got.shape, shape) ? [] : [`"${name}" should be [${shape}] and is [${got.shape}]`];
  });
  const expected = new Set(layout.map(({ name }) => name));
  for (const name of tensors.keys()) if (!expected.has(name)) problems.push(`"${name}" is not expected`);
  if (problems.length > 0) {
    const more = problems.length > 3 ? ` and ${problems.length - 3} more` : "";
    throw new UnblurError(
      "checkpoint",
      `${where}: it belongs to another network or optimiser than this run's config: ${problems.slice(0, 3).join(", ")}${more}`,
    );
  }
}

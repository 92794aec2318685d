/**
 * @file Records of results: `.unblur/NAME.json` beside a result states the photo, settings, model and version it was
 * made from. The record is written before the photo is computed and states which files were in place then; a result
 * that differs from those belongs to the record. A kill at any moment therefore leaves either no result or one with a
 * known origin.
 */
import { readFile, rmdir, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { writeFileAtomically } from "../../platform/node/files/atomic-file.js";
import { filesOf, type OutputPlan } from "../../platform/node/photos/output-paths.js";

const FOLDER = ".unblur";

const stateSchema = z.strictObject({ bytes: z.number(), modifiedMs: z.number() }).nullable();
type State = z.infer<typeof stateSchema>;

const recordSchema = z.object({
  format: z.literal("unblur record 1"),
  fingerprint: z.string(),
  /** Facts for people. */
  about: z.record(z.string(), z.unknown()),
  /** State of each output's path beforehand; null: no file. */
  before: z.array(stateSchema),
});

export type ResultState =
  /** All outputs exist and are this job's. */
  | "done"
  /** No output exists. */
  | "free"
  /** Some outputs exist and are this job's: the process was killed between two renames. */
  | "half"
  /** Files of another or of an unknown origin exist. */
  | "taken";

const recordPath = ({ outputs: [first] }: OutputPlan): string =>
  join(dirname(first!), FOLDER, `${basename(first!)}.json`);

async function stateOf(path: string): Promise<State> {
  const found = await stat(path).catch(() => null);
  return found && { bytes: found.size, modifiedMs: found.mtimeMs };
}

const isSame = (a: State, b: State): boolean =>
  a !== null && b !== null && a.bytes === b.bytes && a.modifiedMs === b.modifiedMs;

async function readRecord(path: string): Promise<z.infer<typeof recordSchema> | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null; // none, or none of ours: the result's origin is unknown
  }
}

/** Returns the state of a plan's output paths. `sharp` photos have outputs only, no summary and no check. */
export async function resultState(plan: OutputPlan, fingerprint: string): Promise<ResultState> {
  const states = await Promise.all(filesOf(plan).map(stateOf));
  if (states.every((state) => state === null)) return "free";
  const record = await readRecord(recordPath(plan));
  if (record?.fingerprint !== fingerprint || record.before.length !== states.length) return "taken";
  const isNew = (k: number) => states[k] !== null && !isSame(states[k]!, record.before[k]!);
  if (plan.outputs.every((_, k) => isNew(k))) return "done";
  return states.every((state, k) => state === null || isNew(k)) ? "half" : "taken";
}

/** Records that the outputs of `plan` are going to be those of `fingerprint`. Throws `file`. */
export async function writeRecord(
  plan: OutputPlan,
  fingerprint: string,
  about: Record<string, unknown>,
): Promise<void> {
  const before = await Promise.all(filesOf(plan).map(stateOf));
  const record: z.infer<typeof recordSchema> = { format: "unblur record 1", fingerprint, about, before };
  await writeFileAtomically(recordPath(plan), Buffer.from(`${JSON.stringify(record)}\n`), { makeFolders: true });
}

/** Removes the record of a photo that gave no result. */
export async function removeRecord(plan: OutputPlan): Promise<void> {
  const path = recordPath(plan);
  await unlink(path).catch(() => {});
  await rmdir(dirname(path)).catch(() => {}); // stays while it has other records
}

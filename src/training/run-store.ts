/** @file Where a run keeps its files. `platform/` implements it; what is in a checkpoint is not its business. */
import { UnblurError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { type Checkpoint, checkLayout, parseCheckpoint } from "./checkpoint.js";
import type { StateEntry } from "./state.js";

/** One line of `metrics.jsonl`. */
export interface MetricsRecord {
  readonly step: number;
  readonly [name: string]: number | string | null;
}

export interface RunStore {
  /** For messages, e.g. the folder's path. */
  readonly name: string;
  /** Names of complete checkpoints, the newest (most steps) first. */
  checkpoints(): Promise<readonly string[]>;
  readCheckpoint(name: string): Promise<Uint8Array>;
  /** Writes a checkpoint all or nothing, even if the machine stops half-way, and returns its name. */
  writeCheckpoint(step: number, parts: readonly Uint8Array[]): Promise<string>;
  removeCheckpoint(name: string): Promise<void>;
  /** Keeps a damaged checkpoint for a closer look, under a name that is no longer a checkpoint's. */
  setAsideCheckpoint(name: string): Promise<void>;
  appendMetrics(record: MetricsRecord): Promise<void>;
  /** Drops records of later steps, and a last line that was cut off: a resumed run writes them again. */
  truncateMetrics(step: number): Promise<void>;
  writeSample(name: string, picture: Raster): Promise<void>;
}

export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly name: string;
  /** Newer checkpoints that are damaged, and why; they were passed over. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The newest checkpoint that is whole. One that is whole but of another network is an error, not passed over: so would be the
 * ones before. Throws `checkpoint` if there is none.
 */
export async function loadNewestCheckpoint(
  store: RunStore,
  layout: readonly StateEntry[] | null,
): Promise<LoadedCheckpoint> {
  const refused: { name: string; reason: string }[] = [];
  for (const name of await store.checkpoints()) {
    const where = `${store.name}: checkpoint "${name}"`;
    let parsed: ReturnType<typeof parseCheckpoint>;
    try {
      parsed = parseCheckpoint(await store.readCheckpoint(name), where);
    } catch (error) {
      if (!(error instanceof UnblurError)) throw error;
      refused.push({ name, reason: error.message });
      continue;
    }
    if (layout) checkLayout(parsed.stored, layout, where);
    return { checkpoint: parsed, name, refused };
  }
  const reasons = refused.map(({ reason }) => reason).join("; ");
  throw new UnblurError(
    "checkpoint",
    `${store.name}: expected a checkpoint to resume from, got ${reasons ? `only damaged ones: ${reasons}` : "none"}`,
  );
}

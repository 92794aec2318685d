/** @file Storage of a run's files, which `platform/` implements without knowing what a checkpoint contains. */
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
  /** Name for messages, such as the folder's path. */
  readonly name: string;
  /** Names of complete checkpoints, the newest (most steps) first. */
  checkpoints(): Promise<readonly string[]>;
  readCheckpoint(name: string): Promise<Uint8Array>;
  /** Writes a checkpoint atomically, even if the machine stops meanwhile, and returns its name. */
  writeCheckpoint(step: number, parts: readonly Uint8Array[]): Promise<string>;
  /**
   * Names the newest checkpoint for readers and removes all but the newest `count`. Once after each checkpoint, and when
   * a run is resumed, because a killed process may have left it undone.
   */
  keepNewest(count: number): Promise<void>;
  /** Renames a damaged checkpoint so that it is no longer read but can be examined. */
  setAsideCheckpoint(name: string): Promise<void>;
  appendMetrics(record: MetricsRecord): Promise<void>;
  /** Drops records of later steps and a truncated last line, which a resumed run writes again. */
  truncateMetrics(step: number): Promise<void>;
  writeSample(name: string, picture: Raster): Promise<void>;
}

export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly name: string;
  /** Newer checkpoints that were skipped because they are damaged, with the reason. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The newest intact checkpoint. An intact checkpoint of another network is an error and not skipped, because the
 * earlier ones belong to that network, too. Throws `checkpoint` if there is none.
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
    reasons
      ? `${store.name}: the run has only damaged checkpoints: ${reasons}`
      : `${store.name}: the run has no checkpoint; train it until it writes one`,
  );
}

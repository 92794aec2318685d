/** @file What a worker does with a job, whatever the job is about. */
import type { WorkerPool } from "../server/worker-pool.js";
import { failureOf, type JobFailure } from "./failure.js";
import type { JobEvent } from "./job.js";
import type { Store } from "./store.js";

export type Ended =
  | "restored"
  | "unchanged"
  | "trained"
  | "there already"
  | "failed"
  | "refused"
  | "given back"
  | "cancelled";

/** This worker may not do the job; another one may. */
export class NotHere extends Error {
  override readonly name = "NotHere";
}

/** A failure that is the same at another try. */
export class Final extends Error {
  override readonly name = "Final";
  constructor(readonly failure: JobFailure) {
    super(failure.message);
  }
}

export const sameAgain = (error: unknown): Final => new Final(failureOf(error));

/** Makes paths of references to files of the store. A reference that leads nowhere fails the same way at every try. */
export const pathsIn =
  (store: Store) =>
  (reference: string): Promise<string> =>
    store.path(reference).catch((error) => Promise.reject(sameAgain(error)));

/** What a worker needs to do its jobs. */
export interface Workshop {
  readonly store: Store;
  readonly pool: WorkerPool;
  /** Name of the worker. */
  readonly name: string;
}

/** A job that has been read. */
export interface Work {
  /** For messages; null: the job's id. */
  readonly name: string | null;
  readonly version: string;
  readonly store: string;
  /** Whether the job goes to another worker after this one gave it up, or ended with it. */
  readonly movesOn: boolean;
  /** Throws NotHere for what is missing on this machine. */
  check(): Promise<void>;
  /** Does it. `tell` sends events, a few a second at most. */
  compute(
    shop: Workshop,
    signal: AbortSignal,
    tell: (event: JobEvent) => void,
  ): Promise<{ readonly result: unknown; readonly how: Ended }>;
}

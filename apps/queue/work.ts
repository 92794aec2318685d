/** @file The interface of a worker's jobs, independent of their kind. */
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

/** The worker cannot do the job, but another one may. */
export class JobRefused extends Error {
  override readonly name = "JobRefused";
}

/** A failure that every further attempt would repeat. */
export class PermanentFailure extends Error {
  override readonly name = "PermanentFailure";
  constructor(readonly failure: JobFailure) {
    super(failure.message);
  }
}

export const permanentFailure = (error: unknown): PermanentFailure => new PermanentFailure(failureOf(error));

/** Returns a function from references to paths in the store. A reference outside the store is a permanent failure. */
export const pathsIn =
  (store: Store) =>
  (reference: string): Promise<string> =>
    store.path(reference).catch((error) => Promise.reject(permanentFailure(error)));

/** Resources that a worker gives to its jobs. */
export interface Workshop {
  readonly store: Store;
  readonly pool: WorkerPool;
  /** Name of the worker. */
  readonly name: string;
}

/** A parsed job. */
export interface Work {
  /** Name for messages; null: the job's id. */
  readonly name: string | null;
  readonly version: string;
  readonly store: string;
  /** True if another worker takes the job after this one gave it up; otherwise the job ends. */
  readonly movesOn: boolean;
  /** Throws JobRefused if something is missing on this machine. */
  check(): Promise<void>;
  /** Runs the job. `report` sends events, at most a few a second. */
  compute(
    shop: Workshop,
    signal: AbortSignal,
    report: (event: JobEvent) => void,
  ): Promise<{ readonly result: unknown; readonly how: Ended }>;
}

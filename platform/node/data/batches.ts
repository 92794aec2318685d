/**
 * @file Makes batches outside the training thread, which ONNX Runtime blocks while a step runs. The bytes are the same
 * in this thread and in a worker, because a batch depends on seed and step only.
 */
import type { Worker } from "node:worker_threads";
import { type ErrorCode, UnblurError } from "../../../src/base/errors.js";
import type { BatchSource, PairBatch } from "../../../src/data/batch.js";
import { type BatchPlan, dataRng, drawBatch } from "../../../src/data/draw-batch.js";
import { startThread } from "../threads/start-thread.js";
import { defaultCacheFolder, PixelCache } from "./pixel-cache.js";

export interface WorkerSettings {
  readonly plan: BatchPlan;
  readonly seed: number;
  readonly cacheFolder: string;
}

export interface WorkerReply {
  readonly step: number;
  readonly batch?: PairBatch;
  /** Skipped files. */
  readonly bad: readonly string[];
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

export interface BatchesOptions {
  readonly plan: BatchPlan;
  readonly seed: number;
  /** Number of threads that make batches; 0 makes them in the calling thread. */
  readonly workers?: number;
  /** Number of batches to prefetch. */
  readonly ahead?: number;
  readonly cacheFolder?: string;
  /** Called once for each skipped file. */
  onBadFile?(reason: string): void;
}

/** Batches by step. Dispose it (`await using`) to end its threads. */
export function openBatches({
  plan,
  seed,
  workers = 1,
  ahead = 2,
  cacheFolder = defaultCacheFolder(),
  onBadFile,
}: BatchesOptions): BatchSource {
  const reported = new Set<string>();
  const report = (reason: string) => {
    if (reported.has(reason)) return;
    reported.add(reason);
    onBadFile?.(reason);
  };
  if (workers === 0) return inThread({ plan, seed, cacheFolder }, report);
  return new WorkerBatches({ plan, seed, cacheFolder }, workers, ahead, report);
}

function inThread({ plan, seed, cacheFolder }: WorkerSettings, report: (reason: string) => void): BatchSource {
  const cache = new PixelCache(cacheFolder);
  const rng = dataRng(seed);
  return {
    batch: (step) => drawBatch(cache, plan, step, rng, report),
    [Symbol.asyncDispose]: () => cache.close(),
  };
}

interface Waiting {
  resolve(batch: PairBatch): void;
  reject(error: Error): void;
}

class WorkerBatches implements BatchSource {
  readonly #workers: readonly Worker[];
  readonly #made = new Map<number, Promise<PairBatch>>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #exits: readonly Promise<void>[];
  #failed: Error | null = null;
  #closing = false;

  constructor(
    settings: WorkerSettings,
    count: number,
    private readonly ahead: number,
    private readonly report: (reason: string) => void,
  ) {
    const create = () => startThread("platform/node/data/batch-worker", settings);
    this.#workers = Array.from({ length: count }, create);
    this.#exits = this.#workers.map(
      (worker) =>
        new Promise((resolve) => {
          worker.on("message", (reply: WorkerReply) => this.#settle(reply));
          worker.on("error", (error) => this.#fail(error));
          worker.on("exit", (code) => {
            if (code !== 0)
              this.#fail(new UnblurError("data", `the thread that makes batches ended with code ${code}`));
            resolve();
          });
          worker.unref(); // an unfinished batch does not keep the program alive
        }),
    );
  }

  batch(step: number): Promise<PairBatch> {
    for (let next = step; next <= step + this.ahead; next++) this.#ask(next);
    const batch = this.#made.get(step)!;
    this.#made.delete(step);
    // A run only moves forward: earlier batches will not be requested again.
    for (const made of this.#made.keys()) if (made < step) this.#made.delete(made);
    return batch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    for (const worker of this.#workers) {
      worker.ref();
      worker.postMessage("close");
    }
    await Promise.all(this.#exits);
  }

  #ask(step: number): void {
    if (this.#made.has(step)) return;
    const batch = new Promise<PairBatch>((resolve, reject) => this.#waiting.set(step, { resolve, reject }));
    batch.catch(() => {}); // reported by the call that requests the batch
    this.#made.set(step, batch);
    if (this.#failed) this.#waiting.get(step)!.reject(this.#failed);
    const worker = this.#workers[step % this.#workers.length]!;
    worker.ref();
    worker.postMessage(step);
  }

  #settle({ step, batch, bad, error }: WorkerReply): void {
    for (const reason of bad) this.report(reason);
    const waiting = this.#waiting.get(step);
    this.#waiting.delete(step);
    if (this.#waiting.size === 0 && !this.#closing) for (const worker of this.#workers) worker.unref();
    if (error) waiting?.reject(new UnblurError(error.code, error.message));
    else waiting?.resolve(batch!);
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failed);
    this.#waiting.clear();
  }
}

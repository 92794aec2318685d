/**
 * @file Adds jobs to the queue and waits for their end. Events may be lost while the server is away, so unfinished jobs
 * are also polled, and added again if the server has lost them.
 */
import { Queue, QueueEvents } from "bullmq";
import { cancelled } from "../../src/base/errors.js";
import { CANCEL_CHANNEL, QUEUE, type QueueConnection } from "./connection.js";
import { CANCELLED, failureFromText, type JobFailure } from "./failure.js";
import type { JobData, JobEvent, JobResult } from "./job.js";

/** Kinds of jobs, by the names that the queue has for them. */
export const [PHOTO, SHARE] = ["photo", "share"] as const;
export type JobKind = typeof PHOTO | typeof SHARE;

const LOOK_MS = 5000;
/** Pause before the next attempt while the server is away. */
const PATIENCE_MS = 3000;
/** Time a worker may take to stop: it finishes the current window first, and a killed worker never answers. */
const STOP_MS = 10_000;
const KEEP_ENDED = { completed: { age: 3600, count: 1000 }, failed: { age: 7 * 24 * 3600, count: 1000 } };

/** Reason for a job's failure, for the client that added it. */
export class JobFailed extends Error {
  override readonly name = "JobFailed";
  constructor(readonly failure: JobFailure) {
    super(failure.message);
  }
}

export interface RunOptions {
  /** 0 is first: a photo that somebody waits for comes before a library's. */
  readonly priority: number;
  /** Attempts after temporary failures: a full disk, a process that ended. */
  readonly attempts: number;
  readonly signal: AbortSignal;
  /**
   * Effect of the signal: `stop` cancels the job even if a worker has started it, `leave` only removes it if none has.
   */
  readonly atStop: "stop" | "leave";
  onEvent?(event: JobEvent): void;
  /** A worker has begun. */
  onActive?(): void;
}

interface Pending {
  readonly data: JobData;
  readonly options: RunOptions;
  readonly since: number;
  settle(outcome: JobResult | Error): void;
}

export class JobClient implements AsyncDisposable {
  readonly queue: Queue<JobData, JobResult>;
  readonly #events: QueueEvents;
  readonly #pending = new Map<string, Pending>();
  readonly #looking: NodeJS.Timeout;

  constructor(private readonly connection: QueueConnection) {
    this.queue = new Queue<JobData, JobResult>(QUEUE, { connection: connection.client });
    this.#events = new QueueEvents(QUEUE, { connection: connection.another() });
    this.queue.on("error", () => {}); // told by the connection
    this.#events.on("error", () => {});
    const of = (id: string) => this.#pending.get(id);
    this.#events.on("completed", ({ jobId, returnvalue }) => of(jobId)?.settle(returnvalue as unknown as JobResult));
    this.#events.on("failed", ({ jobId, failedReason }) => of(jobId)?.settle(failed(failedReason)));
    this.#events.on("active", ({ jobId }) => of(jobId)?.options.onActive?.());
    this.#events.on("progress", ({ jobId, data }) => of(jobId)?.options.onEvent?.(data as JobEvent));
    this.#looking = setInterval(() => void this.#look().catch(() => {}), LOOK_MS);
  }

  /** Jobs that were added and have not ended. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Resolves when a worker has done the job, also if an earlier call with the same id added it. Rejects with JobFailed,
   * and with `cancelled` after the signal.
   */
  async run(id: string, data: JobData, options: RunOptions): Promise<JobResult> {
    const { signal } = options;
    let settle: Pending["settle"] = () => {};
    const ended = new Promise<JobResult>((resolve, reject) => {
      settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
    ended.catch(() => {}); // awaited below, but not before it has been handed out
    this.#pending.set(id, { data, options, since: performance.now(), settle });
    const stop = () => void this.#stop(id, options.atStop).then(() => settle(cancelled()));
    try {
      if (signal.aborted) throw cancelled();
      signal.addEventListener("abort", stop, { once: true });
      await Promise.race([this.#submit(id, data, options), ended]);
      return await ended;
    } catch (error) {
      throw signal.aborted || (error instanceof JobFailed && error.failure.code === CANCELLED) ? cancelled() : error;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#pending.delete(id);
    }
  }

  /**
   * Joins a waiting or running job of this id. A job that has ended is replaced, because its result is gone or it
   * failed.
   */
  async #submit(id: string, data: JobData, { priority, attempts }: RunOptions): Promise<void> {
    if (["completed", "failed"].includes(await this.queue.getJobState(id))) await this.queue.remove(id);
    await this.queue.add(PHOTO, data, {
      ...{ jobId: id, attempts, backoff: { type: "exponential", delay: 1000 }, stackTraceLimit: 0 },
      ...{ removeOnComplete: KEEP_ENDED.completed, removeOnFail: KEEP_ENDED.failed },
      ...(priority === 0 ? {} : { priority }),
    });
  }

  async #stop(id: string, how: RunOptions["atStop"]): Promise<void> {
    const removed = await within(
      PATIENCE_MS,
      this.queue.remove(id).catch(() => 0),
    );
    if (removed === 1 || how === "leave") return;
    await within(PATIENCE_MS, this.connection.client.publish(CANCEL_CHANNEL, id));
    const left = async () => {
      for (let waited = 0; waited < STOP_MS && this.#pending.has(id); waited += 50)
        await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await left();
  }

  async #look(): Promise<void> {
    if (!this.connection.isThere) return;
    for (const [id, { data, options, since, settle }] of this.#pending) {
      if (performance.now() - since < LOOK_MS || options.signal.aborted) continue;
      const state = await this.queue.getJobState(id);
      if (state === "unknown") await this.#submit(id, data, options);
      if (state !== "completed" && state !== "failed") continue;
      const job = await this.queue.getJob(id);
      if (job) settle(state === "completed" ? job.returnvalue : failed(job.failedReason));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#looking);
    await within(PATIENCE_MS, Promise.allSettled([this.#events.close(), this.queue.close()]));
  }
}

const failed = (reason: string): JobFailed => new JobFailed(failureFromText(reason));

/** Undefined if it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

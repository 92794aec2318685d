/**
 * @file A worker of the queue: takes jobs, runs them in child processes and reports how they end. This process does not
 * compute, so it renews the locks of its jobs in time and receives cancellations.
 */
import { setTimeout as pause } from "node:timers/promises";
import { DelayedError, type Job, Queue, Worker } from "bullmq";
import { NameTakenError } from "../../platform/node/files/atomic-file.js";
import { unblurVersion } from "../../platform/node/version.js";
import { UnblurError } from "../../src/base/errors.js";
import { Refusal, systemCode } from "../server/refusal.js";
import { WorkerPool } from "../server/worker-pool.js";
import { CANCEL_CHANNEL, QUEUE, type QueueConnection } from "./connection.js";
import { CANCELLED, failureOf, jobError, LOST, SET_ASIDE, setAsideWords } from "./failure.js";
import type { JobEvent } from "./job.js";
import { type JobKind, PHOTO, SHARE } from "./job-client.js";
import { photoWork } from "./photo-work.js";
import { shareWork } from "./share-work.js";
import type { Store } from "./store.js";
import { type Ended, JobRefused, PermanentFailure, permanentFailure, type Work } from "./work.js";

/** Reader of the job data of each kind. */
const KINDS: Readonly<Record<JobKind, (data: unknown) => Work>> = { [PHOTO]: photoWork, [SHARE]: shareWork };

/** Another worker takes a killed worker's job after the lock has expired and two checks have passed: within 35 s. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 10_000;
/** A photo that ends its worker or process this many times is set aside. */
const MAX_CRASHES = 2;
/** Number of refusals after which a job fails if no other worker computes, and the pause between them. */
const MAX_REFUSALS = 6;
const REFUSED_PAUSE_MS = 1500;
/**
 * Time that a worker takes no job after a refusal. Refusing is faster than computing: without a pause one wrong worker
 * would take every job of the queue six times. It is longer than the job's, so that a free worker takes the job first.
 */
const REST_MS = 3000;
/** Rests after which another worker counts as gone. A single look may come between two of its jobs. */
const QUIET_RESTS = 10;
const PROGRESS_MS = 250;

export interface QueueWorkerOptions {
  readonly connection: QueueConnection;
  readonly store: Store;
  /** Number of photos restored at the same time, each in its own process. */
  readonly concurrency: number;
  readonly threads?: number | undefined;
  /** Identifies the worker among others. */
  readonly name: string;
  /** Version of the program; for tests. */
  readonly version?: string;
  /** Time without jobs after a refusal; for tests. */
  readonly restMs?: number;
}

export interface WorkerReport {
  /** Reports a line for people: names of photos, never their content. */
  say(line: string): void;
  ended(how: Ended, seconds: number): void;
}

export class QueueWorker {
  readonly #pool: WorkerPool;
  readonly #worker: Worker<unknown, unknown>;
  readonly #queue: Queue;
  readonly #version: string;
  readonly #stopping = new AbortController();
  #returning = false;
  #active = 0;
  #refusals = 0;
  /** When another worker last had a job. This worker's start counts, because it has not looked before. */
  #othersAt = performance.now();

  constructor(
    private readonly options: QueueWorkerOptions,
    private readonly report: WorkerReport,
  ) {
    const { connection, concurrency, threads, name, version = unblurVersion } = options;
    this.#version = version;
    this.#pool = new WorkerPool(concurrency, threads === undefined ? {} : { threads });
    this.#worker = new Worker<unknown, unknown>(QUEUE, (job, token, signal) => this.#take(job, token!, signal!), {
      ...{ connection: connection.client, concurrency, name, autorun: false },
      ...{ lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS, maxStalledCount: MAX_CRASHES - 1 },
    });
    this.#queue = new Queue(QUEUE, { connection: connection.client });
    this.#queue.on("error", () => {});
    this.#worker.on("error", () => {}); // a lost server is told by its connection; a lost lock costs nothing but time
    const heard = connection.another();
    void heard.subscribe(CANCEL_CHANNEL);
    heard.on("message", (_, id) => this.#worker.cancelJob(id));
  }

  /** Jobs running at the moment. */
  get active(): number {
    return this.#active;
  }

  /** Computing processes, by number. */
  get pids(): readonly number[] {
    return this.#pool.pids;
  }

  start(): void {
    void this.#worker.run().catch((error: Error) => this.report.say(`error: ${error.message}`));
  }

  /** Stops taking jobs. Running jobs may end within `seconds`; the rest returns to the queue for another worker. */
  async stop(seconds: number): Promise<void> {
    this.#stopping.abort();
    const deadline = setTimeout(() => {
      this.#returning = true;
      this.#worker.cancelAllJobs("stopping");
    }, seconds * 1000);
    const { connection } = this.options;
    const whileThere = setInterval(() => {
      if (!connection.isThere && this.#active === 0) void this.#worker.close(true);
    }, 1000);
    await this.#worker.close().catch(() => {});
    clearTimeout(deadline);
    clearInterval(whileThere);
    await this.#queue.close().catch(() => {});
    this.#pool.close();
  }

  /** Processes a job, and rests if it had to be refused. */
  async #take(job: Job<unknown, unknown>, token: string, signal: AbortSignal): Promise<unknown> {
    const refusals = this.#refusals;
    try {
      return await this.#process(job, token, signal);
    } finally {
      const { restMs = REST_MS } = this.options;
      if (this.#refusals > refusals) await pause(restMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  async #process(job: Job<unknown, unknown>, token: string, signal: AbortSignal): Promise<unknown> {
    const startedAt = performance.now();
    const seconds = () => (performance.now() - startedAt) / 1000;
    this.#active++;
    let work: Work | null = null;
    const name = () => work?.name ?? `job ${job.id}`;
    try {
      work = this.#read(job);
      await this.#check(work);
      // The process that started the round has ended, and the round continues without this share.
      if (!work.movesOn && job.stalledCounter > 0)
        throw new PermanentFailure({ code: LOST, status: null, message: "the worker that had it ended" });
      const { store, name: worker } = this.options;
      const { result, how } = await work.compute({ store, pool: this.#pool, name: worker }, signal, eventSender(job));
      this.report.say(`${name()}: ${how} in ${seconds().toFixed(1)} s`);
      this.report.ended(how, seconds());
      return result;
    } catch (error) {
      const movesOn = work?.movesOn ?? true;
      throw await this.#after(error, job, { token, signal, name: name(), seconds: seconds(), movesOn });
    } finally {
      this.#active--;
    }
  }

  #read({ name, data }: Job<unknown, unknown>): Work {
    try {
      const read = KINDS[name as JobKind];
      if (!read) throw new UnblurError("config", `the job: expected ${Object.keys(KINDS).join(" or ")}, got "${name}"`);
      return read(data);
    } catch (error) {
      const { version } = (data ?? {}) as { version?: unknown };
      if (typeof version === "string" && version !== this.#version) throw this.#otherVersion(version);
      throw permanentFailure(error);
    }
  }

  #otherVersion(version: string): JobRefused {
    return new JobRefused(`has version ${this.#version} of the program, the job needs ${version}; install that here`);
  }

  /** Throws JobRefused if another worker could do it: one with the version, the weights or the store. */
  async #check(work: Work): Promise<void> {
    if (work.version !== this.#version) throw this.#otherVersion(work.version);
    const id = await this.options.store.id();
    if (id !== work.store)
      throw new JobRefused("has another --store than the one that holds the files; mount that one, or pass its path");
    await work.check();
  }

  /** Returns whether another worker has a job, or had one lately: it may take what is refused here when it is free. */
  async #othersCompute(): Promise<boolean> {
    if ((await this.#queue.getActiveCount()) > this.#active) this.#othersAt = performance.now();
    return performance.now() - this.#othersAt < QUIET_RESTS * (this.options.restMs ?? REST_MS);
  }

  /** Tells BullMQ how to handle an error: fail the job, retry it, or leave it to another worker. */
  async #after(
    error: unknown,
    job: Job<unknown, unknown>,
    {
      token,
      signal,
      name,
      seconds,
      movesOn,
    }: { token: string; signal: AbortSignal; name: string; seconds: number; movesOn: boolean },
  ): Promise<Error> {
    const end = (how: Ended, words: string) => {
      this.report.say(`${name}: ${words}`);
      this.report.ended(how, seconds);
    };
    const giveBack = async (pauseMs: number): Promise<Error> => {
      await job.moveToDelayed(Date.now() + pauseMs, token);
      return new DelayedError();
    };
    if (error instanceof JobRefused) {
      const why = `the worker ${this.options.name} ${error.message}`;
      end("refused", `refused: ${why}`);
      this.#refusals++;
      if (!(await this.#othersCompute()) && job.attemptsStarted >= MAX_REFUSALS)
        return jobError({ code: "model", status: 500, message: `no worker may do it: ${why}` }, { final: true });
      sendEvent(job, { type: "refused", why });
      return giveBack(REFUSED_PAUSE_MS);
    }
    if (signal.aborted) {
      const returns = this.#returning && movesOn;
      end(returns ? "given back" : "cancelled", returns ? "given back to the queue" : "cancelled");
      if (returns) return giveBack(0);
      return jobError({ code: CANCELLED, status: null, message: "cancelled" }, { final: true });
    }
    const described = error instanceof PermanentFailure ? error.failure : failureOf(error);
    // Errors of files name paths of this machine.
    const failure = { ...described, message: described.message.replaceAll(`${this.options.store.root}/`, "") };
    end("failed", `failed: ${failure.message}`);
    const tries = job.opts.attempts ?? 1;
    if (failure.code !== "crashed" || !movesOn) return jobError(failure, { final: !movesOn || !mayPass(error) });
    const crashes = job.attemptsMade + job.stalledCounter + 1;
    if (tries > 1 && crashes >= MAX_CRASHES)
      return jobError({ code: SET_ASIDE, status: null, message: setAsideWords }, { final: true });
    return jobError(failure, { final: false });
  }
}

/**
 * Returns whether a retry may succeed: a disk may have room again, a share may be back; a broken photo stays broken.
 */
function mayPass(error: unknown): boolean {
  if (error instanceof PermanentFailure || error instanceof NameTakenError || error instanceof Refusal) return false;
  return !(error instanceof UnblurError) || (error.code === "file" && !isGone(error));
}

const isGone = (error: Error): boolean => ["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "");

function sendEvent(job: Job<unknown, unknown>, event: JobEvent): void {
  void job.updateProgress(event).catch(() => {}); // of a job that is gone, or a server that is away
}

/** Returns a function that sends progress a few times a second, and always the last event. */
function eventSender(job: Job<unknown, unknown>): (event: JobEvent) => void {
  let described = Number.NEGATIVE_INFINITY;
  return (event) => {
    if (event.type === "progress" && performance.now() - described < PROGRESS_MS && event.done < event.total) return;
    described = performance.now();
    sendEvent(job, event);
  };
}

/**
 * @file A worker of the queue: takes jobs, has them computed in child processes, and says how they ended. This process
 * does not compute, so that it renews the locks of its jobs in time and hears what is to stop.
 */
import { DelayedError, type Job, Worker } from "bullmq";
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
import { type Ended, Final, NotHere, sameAgain, type Work } from "./work.js";

/** How the data of each kind of job are read. */
const KINDS: Readonly<Record<JobKind, (data: unknown) => Work>> = { [PHOTO]: photoWork, [SHARE]: shareWork };

/** A killed worker's job is another's after the lock has expired and two checks have passed: within 35 s. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 10_000;
/** A photo that ended its worker, or its process, so often is set aside. */
const MOST_CRASHES = 2;
/** How often a job is started in vain by workers that may not do it, and how long it waits in between. */
const MOST_REFUSALS = 6;
const REFUSED_PAUSE_MS = 1500;
const PROGRESS_MS = 250;

export interface QueueWorkerOptions {
  readonly connection: QueueConnection;
  readonly store: Store;
  /** Photos at the same time, each in a process of its own. */
  readonly concurrency: number;
  readonly threads?: number | undefined;
  /** Tells it from other workers. */
  readonly name: string;
  /** Version of the program; for tests. */
  readonly version?: string;
}

export interface WorkerReport {
  /** A line for people. Names of photos, never their content. */
  say(line: string): void;
  ended(how: Ended, seconds: number): void;
}

export class QueueWorker {
  readonly #pool: WorkerPool;
  readonly #worker: Worker<unknown, unknown>;
  readonly #version: string;
  #returning = false;
  #active = 0;

  constructor(
    private readonly options: QueueWorkerOptions,
    private readonly report: WorkerReport,
  ) {
    const { connection, concurrency, threads, name, version = unblurVersion } = options;
    this.#version = version;
    this.#pool = new WorkerPool(concurrency, threads === undefined ? {} : { threads });
    this.#worker = new Worker<unknown, unknown>(QUEUE, (job, token, signal) => this.#process(job, token!, signal!), {
      ...{ connection: connection.client, concurrency, name, autorun: false },
      ...{ lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS, maxStalledCount: MOST_CRASHES - 1 },
    });
    this.#worker.on("error", () => {}); // a lost server is told by its connection; a lost lock costs nothing but time
    const heard = connection.another();
    void heard.subscribe(CANCEL_CHANNEL);
    heard.on("message", (_, id) => this.#worker.cancelJob(id));
  }

  /** Jobs in work at the moment. */
  get active(): number {
    return this.#active;
  }

  /** Processes that compute, by number. */
  get pids(): readonly number[] {
    return this.#pool.pids;
  }

  start(): void {
    void this.#worker.run().catch((error: Error) => this.report.say(`error: ${error.message}`));
  }

  /**
   * Takes nothing new. What runs may end within `seconds`; the rest goes back to the queue, for another worker.
   */
  async stop(seconds: number): Promise<void> {
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
    this.#pool.close();
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
      // Whoever began it has ended, and the round goes on without this share.
      if (!work.movesOn && job.stalledCounter > 0)
        throw new Final({ code: LOST, status: null, message: "the worker that had it ended" });
      const { store, name: worker } = this.options;
      const { result, how } = await work.compute({ store, pool: this.#pool, name: worker }, signal, teller(job));
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
      throw sameAgain(error);
    }
  }

  #otherVersion(version: string): NotHere {
    return new NotHere(`has version ${this.#version} of the program, the job needs ${version}; install that here`);
  }

  /** Throws NotHere for what another worker could do: it has the version, the weights or the store. */
  async #check(work: Work): Promise<void> {
    if (work.version !== this.#version) throw this.#otherVersion(work.version);
    const id = await this.options.store.id();
    if (id !== work.store)
      throw new NotHere("has another --store than the one that the files are in; mount that, or name it");
    await work.check();
  }

  /** What BullMQ is to do after an error: fail the job, try it again, or leave it to another worker. */
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
    if (error instanceof NotHere) {
      const why = `the worker ${this.options.name} ${error.message}`;
      end("refused", `refused: ${why}`);
      if (job.attemptsStarted >= MOST_REFUSALS)
        return jobError({ code: "model", status: 500, message: `no worker may do it: ${why}` }, { final: true });
      tell(job, { type: "refused", why });
      return giveBack(REFUSED_PAUSE_MS);
    }
    if (signal.aborted) {
      const returns = this.#returning && movesOn;
      end(returns ? "given back" : "cancelled", returns ? "given back to the queue" : "cancelled");
      if (returns) return giveBack(0);
      return jobError({ code: CANCELLED, status: null, message: "cancelled" }, { final: true });
    }
    const told = error instanceof Final ? error.failure : failureOf(error);
    // Errors of files name paths of this machine.
    const failure = { ...told, message: told.message.replaceAll(`${this.options.store.root}/`, "") };
    end("failed", `failed: ${failure.message}`);
    const tries = job.opts.attempts ?? 1;
    if (failure.code !== "crashed" || !movesOn) return jobError(failure, { final: !movesOn || !mayPass(error) });
    const crashes = job.attemptsMade + job.stalledCounter + 1;
    if (tries > 1 && crashes >= MOST_CRASHES)
      return jobError({ code: SET_ASIDE, status: null, message: setAsideWords }, { final: true });
    return jobError(failure, { final: false });
  }
}

/** A disk that is full, or a share that is gone for a moment, may be there at the next try; a broken photo stays one. */
function mayPass(error: unknown): boolean {
  if (error instanceof Final || error instanceof NameTakenError || error instanceof Refusal) return false;
  return !(error instanceof UnblurError) || (error.code === "file" && !isGone(error));
}

const isGone = (error: Error): boolean => ["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "");

function tell(job: Job<unknown, unknown>, event: JobEvent): void {
  void job.updateProgress(event).catch(() => {}); // of a job that is gone, or a server that is away
}

/** Tells of progress a few times a second, and of its end. */
function teller(job: Job<unknown, unknown>): (event: JobEvent) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (event) => {
    if (event.type === "progress" && performance.now() - told < PROGRESS_MS && event.done < event.total) return;
    told = performance.now();
    tell(job, event);
  };
}

/**
 * @file A worker of the queue: takes jobs, has them computed in child processes, and says how they ended. This process
 * does not compute, so that it renews the locks of its jobs in time and hears what is to stop.
 */
import { DelayedError, type Job, Worker } from "bullmq";
import { NameTakenError } from "../../platform/node/files/atomic-file.js";
import { filesOf } from "../../platform/node/photos/output-paths.js";
import { unblurVersion } from "../../platform/node/version.js";
import { UnblurError } from "../../src/base/errors.js";
import { Refusal, systemCode } from "../server/refusal.js";
import type { RestoredPhoto } from "../server/worker-messages.js";
import { WorkerPool } from "../server/worker-pool.js";
import { CANCEL_CHANNEL, QUEUE, type QueueConnection } from "./connection.js";
import { CANCELLED, failureOf, type JobFailure, jobError, SET_ASIDE, setAsideWords } from "./failure.js";
import { fingerprintOf, type JobData, type JobEvent, type JobResult, mapPlan, parseJob } from "./job.js";
import { modelChecksum } from "./model-checksum.js";
import { removeRecord, resultState, writeRecord } from "./record.js";
import type { Store } from "./store.js";

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

export type Ended = "restored" | "unchanged" | "there already" | "failed" | "refused" | "given back" | "cancelled";

export interface WorkerReport {
  /** A line for people. Names of photos, never their content. */
  say(line: string): void;
  ended(how: Ended, seconds: number): void;
}

/** This worker may not do the job; another one may. */
class NotHere extends Error {
  override readonly name = "NotHere";
}

/** A failure that is the same at another try. */
class Final extends Error {
  override readonly name = "Final";
  constructor(readonly failure: JobFailure) {
    super(failure.message);
  }
}

const sameAgain = (error: unknown): Final => new Final(failureOf(error));

export class QueueWorker {
  readonly #pool: WorkerPool;
  readonly #worker: Worker<unknown, JobResult>;
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
    this.#worker = new Worker<unknown, JobResult>(QUEUE, (job, token, signal) => this.#process(job, token!, signal!), {
      ...{ connection: connection.client, concurrency, name, autorun: false },
      ...{ lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS, maxStalledCount: MOST_CRASHES - 1 },
    });
    this.#worker.on("error", () => {}); // a lost server is told by its connection; a lost lock costs nothing but time
    const heard = connection.another();
    void heard.subscribe(CANCEL_CHANNEL);
    heard.on("message", (_, id) => this.#worker.cancelJob(id));
  }

  /** Photos in work at the moment. */
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

  async #process(job: Job<unknown, JobResult>, token: string, signal: AbortSignal): Promise<JobResult> {
    const startedAt = performance.now();
    const seconds = () => (performance.now() - startedAt) / 1000;
    this.#active++;
    let name = `job ${job.id}`;
    try {
      const data = this.#read(job);
      name = data.task.name === "photo" ? name : data.task.name;
      await this.#check(data);
      const result = await this.#restore(job, data, signal);
      const how = !result.computed ? "there already" : result.sharp ? "unchanged" : "restored";
      this.report.say(`${name}: ${how} in ${seconds().toFixed(1)} s`);
      this.report.ended(how, seconds());
      return result;
    } catch (error) {
      throw await this.#after(error, job, { token, signal, name, seconds: seconds() });
    } finally {
      this.#active--;
    }
  }

  #read({ data }: Job<unknown, JobResult>): JobData {
    try {
      return parseJob(data);
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
  async #check({ version, checksum, store, task }: JobData): Promise<void> {
    if (version !== this.#version) throw this.#otherVersion(version);
    const id = await this.options.store.id();
    if (id !== store)
      throw new NotHere("has another --store than the one that the photos are in; mount that, or name it");
    const { model } = task.settings;
    const own = await modelChecksum(model).catch((error: Error) => {
      throw new NotHere(error.message);
    });
    if (own !== checksum)
      throw new NotHere(
        `has other weights of the model ${model} (${own}) than the job needs (${checksum}); install those`,
      );
  }

  async #restore(job: Job<unknown, JobResult>, data: JobData, signal: AbortSignal): Promise<JobResult> {
    const { store } = this.options;
    const { mask, overwrite } = data.task;
    const path = (reference: string) => store.path(reference).catch((error) => Promise.reject(sameAgain(error)));
    const plan = await mapPlan(data.task.plan, path);
    const fingerprint = fingerprintOf(data);
    const thereAlready: JobResult = {
      ...{ files: filesOf(data.task.plan), sharp: false, seconds: 0, warnings: [], explains: null },
      ...{ computed: false, worker: this.options.name },
    };
    let isOurs = false;
    if (data.photo) {
      const state = await resultState(plan, fingerprint);
      if (state === "done") return thereAlready;
      if (state === "taken" && !overwrite) throw new NameTakenError(data.task.plan.outputs[0]!);
      isOurs = state === "half";
      const { version, checksum, task } = data;
      await writeRecord(plan, fingerprint, { version, checksum, photo: task.plan.input, settings: task.settings });
    }
    const task = { ...data.task, plan, mask: mask === null ? null : await path(mask), overwrite: overwrite || isOurs };
    let told = Number.NEGATIVE_INFINITY;
    const onProgress = ({ done, total, stage }: { done: number; total: number; stage: string }) => {
      if (performance.now() - told < PROGRESS_MS && done < total) return;
      told = performance.now();
      tell(job, { type: "progress", done, total, stage });
    };
    try {
      const { decodeSeconds, jobSeconds } = data;
      const restored = await this.#pool.run(task, { signal, decodeSeconds, jobSeconds, onProgress }).catch(notOpened);
      return await this.#resultOf(restored);
    } catch (error) {
      // Another worker has named the same result meanwhile: this one's lock was lost, and nothing else.
      if (data.photo && (await resultState(plan, fingerprint)) === "done") return thereAlready;
      if (data.photo) await removeRecord(plan);
      throw error;
    }
  }

  async #resultOf({ files, ...rest }: RestoredPhoto): Promise<JobResult> {
    const references = await Promise.all(files.map((file) => this.options.store.reference(file)));
    return { ...rest, files: references, computed: true, worker: this.options.name };
  }

  /** What BullMQ is to do after an error: fail the job, try it again, or leave it to another worker. */
  async #after(
    error: unknown,
    job: Job<unknown, JobResult>,
    { token, signal, name, seconds }: { token: string; signal: AbortSignal; name: string; seconds: number },
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
      end(this.#returning ? "given back" : "cancelled", this.#returning ? "given back to the queue" : "cancelled");
      if (this.#returning) return giveBack(0);
      return jobError({ code: CANCELLED, status: null, message: "cancelled" }, { final: true });
    }
    const told = error instanceof Final ? error.failure : failureOf(error);
    // Errors of files name paths of this machine.
    const failure = { ...told, message: told.message.replaceAll(`${this.options.store.root}/`, "") };
    end("failed", `failed: ${failure.message}`);
    const tries = job.opts.attempts ?? 1;
    if (failure.code !== "crashed") return jobError(failure, { final: !mayPass(error) });
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

/** A model that does not open here may open on another machine. */
function notOpened(error: unknown): never {
  if (!(error instanceof Refusal) || error.code !== "model") throw error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  throw new NotHere(`cannot open the model${cause}`);
}

const isGone = (error: Error): boolean => ["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "");

function tell(job: Job<unknown, JobResult>, event: JobEvent): void {
  void job.updateProgress(event).catch(() => {}); // of a job that is gone, or a server that is away
}

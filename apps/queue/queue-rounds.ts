/**
 * @file Rounds of training on the workers of a queue. A round is a BullMQ flow: its shares are jobs of the workers'
 * queue, and their parent, in the run's own queue, becomes ready when every share has ended. The flow outlives the
 * process that added it: requesting the same round again joins it.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FlowProducer, type Job, Queue, QueueEvents, Worker } from "bullmq";
import { writeFileAtomically } from "../../platform/node/files/atomic-file.js";
import { readFileOfStore } from "../../platform/node/runs/training-share.js";
import { unblurVersion } from "../../platform/node/version.js";
import { cancelled, throwIfCancelled, UnblurError } from "../../src/base/errors.js";
import type { ComputedRound, Round, RoundRunner } from "../../src/training/rounds/loop.js";
import { CANCEL_CHANNEL, QUEUE, type QueueConnection, workersThere } from "./connection.js";
import { CANCELLED, failureFromText, LOST, SET_ASIDE } from "./failure.js";
import type { JobEvent } from "./job.js";
import { SHARE, within } from "./job-client.js";
import { BASE_FILE, ROUNDS, roundFolder, type ShareJob, type ShareResult, shareFile } from "./share-work.js";
import type { Store } from "./store.js";

/** Priority of shares, below photos: somebody waits for those. */
const PRIORITY = 100;
const LOOK_MS = 2000;
const PATIENCE_MS = 3000;
const STOP_MS = 10_000;
/** Time that the first round of a session waits for the requested number of workers, once at least one is connected. */
const GATHER_MS = 15_000;
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 10_000;
/** Consecutive rounds that may yield nothing because all workers ended. */
const MAX_EMPTY_ROUNDS = 3;
const KEEP_ENDED_SECONDS = 3600;

export interface QueueRoundsOptions {
  readonly connection: QueueConnection;
  readonly store: Store;
  /** References to the run's folder, the data and the prepared scenes. */
  readonly run: string;
  readonly data: string;
  readonly prepared: string | null;
  /** Largest number of shares of a round. A round has one share per worker that is connected when it begins. */
  readonly mostShares: number;
}

export interface RoundsReport {
  say(line: string): void;
  /** Steps of the current round: taken so far by all shares, and in total. */
  progress(done: number, total: number): void;
}

interface ParentData {
  readonly shares: number;
  /** Ids of the shares' jobs. */
  readonly children: readonly string[];
}

interface Current extends ParentData {
  readonly round: Round;
  /** Steps taken so far, by the share's job. */
  readonly steps: Map<string, number>;
  settle(round: Collected): void;
}

/** `ended`: the worker of the share ended, so another attempt may succeed. */
type Lost = ComputedRound["lost"][number] & { readonly ended: boolean };
type Collected = Omit<ComputedRound, "lost"> & { readonly lost: readonly Lost[] };

export class QueueRounds implements RoundRunner, AsyncDisposable {
  readonly #flows: FlowProducer;
  readonly #shares: Queue;
  readonly #parents: Queue<ParentData>;
  readonly #events: QueueEvents;
  readonly #worker: Worker<ParentData>;
  readonly #reported = new Set<string>();
  #current: Current | null = null;
  #gathered = false;

  private constructor(
    private readonly options: QueueRoundsOptions,
    private readonly job: Pick<ShareJob, "version" | "store" | "run" | "data" | "prepared">,
    private readonly report: RoundsReport,
  ) {
    const { connection } = options;
    // The run's own queue: its parents return only to the process that trains it.
    const own = `${QUEUE}-run-${idOf(job.store, job.run)}`;
    const quiet = () => {}; // told by the connection
    this.#flows = new FlowProducer({ connection: connection.client });
    this.#shares = new Queue(QUEUE, { connection: connection.client });
    this.#parents = new Queue(own, { connection: connection.client });
    this.#events = new QueueEvents(QUEUE, { connection: connection.another() });
    this.#worker = new Worker<ParentData>(own, (parent) => this.#collect(parent), {
      ...{ connection: connection.client, lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS },
      maxStalledCount: 1000, // it only collects
    });
    this.#flows.on("error", quiet);
    for (const queue of [this.#shares, this.#parents]) queue.on("error", quiet);
    this.#events.on("error", quiet);
    this.#worker.on("error", quiet);
    this.#events.on("progress", ({ jobId, data }) => this.#onEvent(jobId, data as JobEvent));
  }

  /** Throws `argument` for folders outside the store. */
  static async open(options: QueueRoundsOptions, report: RoundsReport): Promise<QueueRounds> {
    const { store, run, data, prepared } = options;
    const job = {
      ...{ version: unblurVersion, store: await store.makeId(), run: await store.reference(run) },
      ...{ data: await store.reference(data), prepared: prepared === null ? null : await store.reference(prepared) },
    };
    return new QueueRounds(options, job, report);
  }

  async run(round: Round, signal: AbortSignal | undefined): Promise<ComputedRound> {
    const name = nameOf(round);
    const folder = roundFolder(this.options.run, name);
    await this.#removeOthers(name);
    await mkdir(folder, { recursive: true });
    await writeFileAtomically(join(folder, BASE_FILE), round.base);
    for (let vain = 1; ; vain++) {
      const computed = await this.#once(round, name, signal);
      if (computed.came.length > 0) return computed;
      const [first] = computed.lost;
      if (computed.lost.some(({ ended }) => !ended) || vain === MAX_EMPTY_ROUNDS)
        throw new UnblurError("device", `no share of the round came: ${first!.reason}`);
      this.report.say(`no share came (${first!.reason}); the round is handed out again`);
    }
  }

  /** Adds the round to the queue, or joins it if it is queued already, and waits for its end. */
  async #once(round: Round, name: string, signal: AbortSignal | undefined): Promise<Collected> {
    let settle: (outcome: Collected | UnblurError) => void = () => {};
    const ended = new Promise<Collected>((resolve, reject) => {
      settle = (outcome) => (outcome instanceof UnblurError ? reject(outcome) : resolve(outcome));
    });
    ended.catch(() => {}); // awaited below, but not before it has been handed out
    const begin = async () => {
      const parent = (await this.#joined(name)) ?? (await this.#handOut(round, name, signal));
      this.#current = { ...parent, round, steps: new Map(), settle };
    };
    const stop = async () => {
      await this.#takeBack(name).catch(() => {}); // where the connection has been closed there is nothing to take back
      settle(cancelled());
    };
    let looking: NodeJS.Timeout | undefined;
    let isBeginning = false;
    try {
      throwIfCancelled(signal);
      await begin();
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) void stop();
      // A restarted server may have lost the flow.
      looking = setInterval(async () => {
        if (!this.options.connection.isThere || signal?.aborted) return;
        const state = await this.#parents.getJobState(name).catch(() => null);
        if (state !== "unknown" || !this.#current || isBeginning) return;
        isBeginning = true;
        await begin().catch(() => {});
        isBeginning = false;
      }, LOOK_MS);
      return await ended;
    } finally {
      this.#current = null;
      clearInterval(looking);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** The flow that an earlier session added, or null. */
  async #joined(name: string): Promise<ParentData | null> {
    const job = await this.#parents.getJob(name);
    if (!job) return null;
    if (!(await job.isCompleted()) && !(await job.isFailed())) return job.data;
    await job.remove();
    return null;
  }

  async #handOut(round: Round, name: string, signal: AbortSignal | undefined): Promise<ParentData> {
    const shares = await this.#workersThere(signal);
    const { step, localSteps, firstBatch, id: base } = round;
    const children = Array.from({ length: shares }, (_, share) => `${name}-${share}-${randomUUID().slice(0, 8)}`);
    const data: ParentData = { shares, children };
    const removal = { age: KEEP_ENDED_SECONDS };
    await this.#flows.add({
      ...{ name: "round", queueName: this.#parents.name, data },
      opts: { jobId: name, removeOnComplete: true, removeOnFail: true },
      children: children.map((jobId, share) => ({
        ...{ name: SHARE, queueName: QUEUE },
        data: {
          ...{ ...this.job, round: name, base, step, localSteps, firstBatch: firstBatch + share * localSteps, share },
        } satisfies ShareJob,
        opts: {
          ...{ jobId, priority: PRIORITY, attempts: 1, stackTraceLimit: 0, ignoreDependencyOnFailure: true },
          ...{ removeOnComplete: removal, removeOnFail: removal },
        },
      })),
    });
    return data;
  }

  /** Returns the number of shares of a round that begins now: the number of workers, at least 1. */
  async #workersThere(signal: AbortSignal | undefined): Promise<number> {
    const { connection, mostShares } = this.options;
    const startedAt = performance.now();
    for (let reported = ""; ; ) {
      throwIfCancelled(signal);
      const there = connection.isThere ? await workersThere(this.#shares, connection) : 0;
      const isEnough = there >= mostShares || this.#gathered || performance.now() - startedAt > GATHER_MS;
      if (there > 0 && isEnough) {
        this.#gathered = true;
        return Math.min(there, mostShares);
      }
      const words =
        there === 0 ? "no worker is connected; waiting for one" : `${there} of ${mostShares} workers are there`;
      if (words !== reported && performance.now() - startedAt > LOOK_MS) {
        reported = words;
        this.report.say(words);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Runs when every share has ended. */
  async #collect(parent: Job<ParentData>): Promise<void> {
    const { shares, children } = parent.data;
    const results = Object.values((await parent.getChildrenValues()) ?? {}) as ShareResult[];
    const failures = Object.entries((await parent.getIgnoredChildrenFailures()) ?? {});
    const current = this.#current;
    if (!current || nameOf(current.round) !== parent.id) return;
    const folder = roundFolder(this.options.run, parent.id);
    const came = results
      .sort((a, b) => a.share - b.share)
      .map((result) => ({ ...result, read: () => readFileOfStore(join(folder, shareFile(result.share))) }));
    const lost = children.flatMap((id, share): Lost[] => {
      if (results.some((result) => result.share === share)) return [];
      const reason = failures.find(([key]) => key.endsWith(id))?.[1];
      const { code, message } = failureFromText(reason ?? "");
      return [
        { share, reason: message || "its job is gone", ended: reason === undefined || OF_WORKERS.includes(code) },
      ];
    });
    current.settle({ shares, came, lost, bytes: results.reduce((sum, { bytes }) => sum + bytes, 0) });
  }

  /** Cancels the running jobs and waits until the flow is removed, because a later session would join it. */
  async #takeBack(name: string): Promise<void> {
    for (const id of this.#current?.children ?? []) {
      const removed = await within(
        PATIENCE_MS,
        this.#shares.remove(id).catch(() => 0),
      );
      if (removed !== 1) await within(PATIENCE_MS, this.options.connection.client.publish(CANCEL_CHANNEL, id));
    }
    for (let waited = 0; waited < STOP_MS; waited += 100) {
      if ((await within(PATIENCE_MS, this.#parents.getJobState(name))) === "unknown") return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await within(
      PATIENCE_MS,
      this.#parents.remove(name).catch(() => 0),
    );
  }

  #onEvent(id: string, event: JobEvent): void {
    const current = this.#current;
    if (!current?.children.includes(id)) return;
    if (event.type === "refused") {
      if (!this.#reported.has(event.why)) this.report.say(event.why);
      this.#reported.add(event.why);
    } else if (event.type === "progress") {
      current.steps.set(id, event.done);
      const done = [...current.steps.values()].reduce((sum, steps) => sum + steps, 0);
      this.report.progress(done, current.shares * current.round.localSteps);
    }
  }

  async done(round: Round): Promise<void> {
    await rm(roundFolder(this.options.run, nameOf(round)), { recursive: true, force: true });
  }

  /** Removes rounds that started from an outdated state of the run. */
  async #removeOthers(name: string): Promise<void> {
    const folder = join(this.options.run, ROUNDS);
    for (const other of await readdir(folder).catch(() => []))
      if (other !== name) await rm(join(folder, other), { recursive: true, force: true });
  }

  /** Removes the run's queue from the server, unless a round is in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = async () => {
      await this.#worker.close(); // it may still be completing the last parent
      const jobs = Object.values(await this.#parents.getJobCounts()).reduce((sum, count) => sum + count, 0);
      if (jobs === 0) await this.#parents.obliterate();
    };
    await within(
      PATIENCE_MS,
      left().catch(() => {}),
    );
    const all = [this.#worker, this.#events, this.#flows, this.#shares, this.#parents];
    await within(PATIENCE_MS, Promise.allSettled(all.map((one) => one.close())));
  }
}

/** Failures that are not caused by the share itself. */
const OF_WORKERS: readonly string[] = ["crashed", CANCELLED, LOST, SET_ASIDE];

const nameOf = ({ step, id }: Round): string => `after-${String(step).padStart(8, "0")}-${id}`;

const idOf = (...facts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 16);

/**
 * @file Jobs: accepted photos, from arrival until some time after their end. Every accepted photo ends in a result or
 * an error.
 */
import { EventEmitter, once } from "node:events";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { planOutputs } from "../../platform/node/photos/output-paths.js";
import { UnblurError } from "../../src/base/errors.js";
import { formatFromPath, IMAGE_FORMATS } from "../../src/images/photo.js";
import { TimeLeft } from "../../src/restoration/time-left.js";
import { isEnd, type Job, type JobProgress, type JobState, type Settings } from "./contract.js";
import type { FairQueue, Place } from "./fair-queue.js";
import type { Inspected } from "./inspect.js";
import type { Metrics } from "./metrics.js";
import type { ServiceOptions } from "./options.js";
import { Refusal, toRefusal } from "./refusal.js";
import type { JobFolder } from "./storage.js";
import type { RestoredPhoto, RestoreTask } from "./worker-messages.js";
import type { TaskOptions } from "./worker-process.js";

export interface AcceptedPhoto extends Inspected {
  readonly path: string;
  readonly mask: string | null;
  readonly settings: Settings & { readonly model: string };
  readonly folder: JobFolder;
  readonly place: Place;
}

export interface ResultOnDisk {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly bytes: number;
}

const OTHER_TYPES: Readonly<Record<string, string>> = { html: "text/html; charset=utf-8", json: "application/json" };

async function onDisk(path: string): Promise<ResultOnDisk> {
  const name = basename(path);
  const format = formatFromPath(name);
  const type = format ? `image/${format}` : (OTHER_TYPES[name.split(".").at(-1)!] ?? "application/octet-stream");
  return { name, path, type, bytes: (await stat(path)).size };
}

/** The job of one photo. Emits "change" at each change of progress or state. */
export class RunningJob extends EventEmitter {
  readonly id: string;
  state: JobState = "queued";
  progress: JobProgress | null = null;
  refusal: Refusal | null = null;
  restored: RestoredPhoto | null = null;
  files: readonly ResultOnDisk[] = [];
  fetched = false;
  readonly stop = new AbortController();

  constructor(readonly photo: AcceptedPhoto) {
    super();
    this.setMaxListeners(0); // the number of watchers is limited by that of connections
    this.id = photo.folder.id;
  }

  get ended(): boolean {
    return isEnd(this.state);
  }

  change(state: JobState): void {
    this.state = state;
    this.emit("change");
  }

  /** Resolves when the job has ended. */
  async end(): Promise<void> {
    while (!this.ended) await once(this, "change");
  }
}

/**
 * The place where photos are restored: processes of this service, or workers of a queue. Errors as of
 * `WorkerProcess.run`.
 */
export interface Restorers {
  run(task: RestoreTask, options: TaskOptions): Promise<RestoredPhoto>;
}

/** The result's name is the server's own; its ending is the format. */
function taskOf({ path, mask, settings, folder, format }: AcceptedPhoto): RestoreTask {
  const ending = IMAGE_FORMATS[settings.format ?? format].extensions[0];
  const out = join(folder.path, `restored${ending}`);
  const { samples, check } = settings;
  const [plan] = planOutputs([{ path, below: "" }], { out, samples, summary: true, check }).plans;
  return { plan: plan!, mask, settings, name: "photo", command: "unblur serve", overwrite: false };
}

export class Jobs {
  readonly #jobs = new Map<string, RunningJob>();
  readonly #expiries = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly queue: FairQueue,
    private readonly restorers: Restorers,
    private readonly limits: Pick<ServiceOptions, "decodeSeconds" | "jobSeconds" | "keepMinutes" | "keepJobs">,
    private readonly metrics: Metrics,
  ) {}

  start(photo: AcceptedPhoto): RunningJob {
    const job = new RunningJob(photo);
    this.#jobs.set(job.id, job);
    this.queue.enter(photo.place, () => this.#run(job));
    return job;
  }

  /** The job. Throws a Refusal (404) if it does not exist, or no longer. */
  get(id: string): RunningJob {
    const job = this.#jobs.get(id);
    if (!job)
      throw new Refusal(
        404,
        "no-such-job",
        `no such job: results are kept for ${this.limits.keepMinutes} min after their end; send the photo again`,
      );
    return job;
  }

  describe(job: RunningJob): Job {
    const { id, state, photo, progress, restored, refusal } = job;
    const url = (name: string) => `/v1/jobs/${id}/results/${encodeURIComponent(name)}`;
    return {
      ...{ id, state, width: photo.width, height: photo.height, progress },
      ahead: this.queue.ahead(photo.place),
      outcome: restored && {
        ...{ sharp: restored.sharp, seconds: restored.seconds, explains: restored.explains },
        warnings: [...restored.warnings],
        files: job.files.map(({ name, type, bytes }) => ({ name, type, bytes, url: url(name) })),
      },
      error: refusal && { code: refusal.code, message: refusal.message },
    };
  }

  /** Stops the job if it has not ended; resolves when it has. */
  async cancel(job: RunningJob, why = new Refusal(409, "cancelled", "this job was cancelled")): Promise<void> {
    if (job.ended) return;
    job.refusal = why;
    if (this.queue.leave(job.photo.place)) return this.#end(job, "cancelled");
    job.stop.abort();
    await job.end();
  }

  /** Stops the job, then deletes it with its files. Never rejects: files that cannot be removed are logged. */
  async remove(job: RunningJob): Promise<void> {
    await this.cancel(job);
    clearTimeout(this.#expiries.get(job.id));
    this.#expiries.delete(job.id);
    this.#jobs.delete(job.id);
    await job.photo.folder.remove().catch((error: Error) => this.metrics.log(job.id, error));
  }

  get unfinished(): readonly RunningJob[] {
    return [...this.#jobs.values()].filter((job) => !job.ended);
  }

  /** Jobs whose results have not been fetched yet. */
  get unfetched(): readonly RunningJob[] {
    return [...this.#jobs.values()].filter((job) => job.state === "done" && !job.fetched);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((job) => this.remove(job)));
  }

  async #run(job: RunningJob): Promise<void> {
    const { photo, stop } = job;
    const { decodeSeconds, jobSeconds } = this.limits;
    job.change("running");
    const startedAt = performance.now();
    const left = new TimeLeft(startedAt);
    try {
      job.restored = await this.restorers.run(taskOf(photo), {
        ...{ signal: stop.signal, decodeSeconds, jobSeconds },
        onProgress: (progress) => {
          job.progress = { ...progress, secondsLeft: left.after(progress, performance.now()) };
          job.emit("change");
        },
      });
      job.files = await Promise.all(job.restored.files.map(onDisk));
      this.metrics.restored(photo.width * photo.height, (performance.now() - startedAt) / 1000);
      await this.#end(job, "done");
    } catch (error) {
      const cancelled = error instanceof UnblurError && error.code === "cancelled";
      if (!cancelled) {
        job.refusal = toRefusal(error as Error);
        if (job.refusal.status >= 500) this.metrics.log(job.id, (job.refusal.cause ?? error) as Error);
      }
      await this.#end(job, cancelled ? "cancelled" : "failed");
    }
  }

  /**
   * Ends the job. The last event is sent only after the cleanup: the client may leave, and the place be taken, from
   * then on.
   */
  async #end(job: RunningJob, state: JobState): Promise<void> {
    if (state !== "done") await job.photo.folder.remove().catch(() => {});
    this.queue.giveBack(job.photo.place);
    this.metrics.ended(state);
    const expiry = setTimeout(() => void this.remove(job), this.limits.keepMinutes * 60_000);
    expiry.unref();
    this.#expiries.set(job.id, expiry);
    job.change(state);
    const ended = [...this.#jobs.values()].filter((other) => other.ended);
    for (const old of ended.slice(0, Math.max(0, ended.length - this.limits.keepJobs))) void this.remove(old);
  }
}

/**
 * @file Restores the photos of a service on the workers of a queue. The service's own fair queue sets the order and
 * submits no more photos at a time than the service would compute itself.
 */
import { randomUUID } from "node:crypto";
import { unblurVersion } from "../../platform/node/version.js";
import { type ErrorCode, UnblurError } from "../../src/base/errors.js";
import { Refusal } from "../server/refusal.js";
import type { RestoredPhoto, RestoreTask } from "../server/worker-messages.js";
import type { TaskOptions } from "../server/worker-process.js";
import type { JobFailure } from "./failure.js";
import { type JobData, mapPlan } from "./job.js";
import { type JobClient, JobFailed } from "./job-client.js";
import { modelChecksum } from "./model-checksum.js";
import type { Store } from "./store.js";

/** Error codes caused by the photo or the request. */
const OF_REQUEST: readonly string[] = ["image", "argument", "shape"] satisfies ErrorCode[];

/** Converts a worker's failure to the error that the service reports for its own processes. */
function errorOf({ code, status, message }: JobFailure): Error {
  if (status !== null) return new Refusal(status, code, message);
  if (OF_REQUEST.includes(code)) return new UnblurError(code as ErrorCode, message);
  return new Error(message);
}

export class QueueRestorers {
  readonly #closed = new AbortController();

  constructor(
    private readonly client: JobClient,
    private readonly store: Store,
    private readonly storeId: string,
  ) {}

  /** Number of local processes: none. */
  readonly pids: readonly number[] = [];

  /** Throws `argument` for an unknown model. Only the workers open it. */
  async open(model: string): Promise<void> {
    await modelChecksum(model);
  }

  async run(task: RestoreTask, { signal, decodeSeconds, jobSeconds, onProgress }: TaskOptions): Promise<RestoredPhoto> {
    const reference = (path: string) => this.store.reference(path);
    const { plan, mask } = task;
    const data: JobData = {
      ...{ version: unblurVersion, checksum: await modelChecksum(task.settings.model), store: this.storeId },
      task: {
        ...task,
        plan: (await mapPlan(plan, reference)) as JobData["task"]["plan"],
        mask: mask === null ? null : await reference(mask),
        settings: task.settings as JobData["task"]["settings"],
      },
      ...{ decodeSeconds, jobSeconds, photo: null },
    };
    const tooLong = new AbortController();
    const clock = setTimeout(() => tooLong.abort(), jobSeconds * 1000);
    try {
      const { files, ...rest } = await this.client.run(randomUUID(), data, {
        ...{ priority: 0, attempts: 1, atStop: "stop" },
        signal: AbortSignal.any([signal, tooLong.signal, this.#closed.signal]),
        onActive: () => clearTimeout(clock),
        onEvent: (event) => {
          if (event.type !== "progress") return;
          clearTimeout(clock);
          onProgress({ done: event.done, total: event.total, stage: event.stage });
        },
      });
      const { sharp, seconds, warnings, explains } = rest;
      return {
        files: await Promise.all(files.map((file) => this.store.path(file))),
        sharp,
        seconds,
        warnings,
        explains,
      };
    } catch (error) {
      if (tooLong.signal.aborted && !signal.aborted)
        throw new Refusal(503, "no-worker", `no worker took this photo within ${jobSeconds} s; try again later`, {
          retryAfter: 10,
        });
      throw error instanceof JobFailed ? errorOf(error.failure) : error;
    } finally {
      clearTimeout(clock);
    }
  }

  /** Cancels running restorations. */
  close(): void {
    this.#closed.abort();
  }
}

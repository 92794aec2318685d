/**
 * @file Adds the photos of folders to a queue and reports the outcome of each. Folders are read lazily: only as many
 * photos are queued as keep the workers busy, so a large library is never held in memory.
 */
import { setMaxListeners } from "node:events";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { isFolder } from "../../platform/node/files/check-folder.js";
import { type OutputOptions, type OutputPlan, planOutputs } from "../../platform/node/photos/output-paths.js";
import { unblurVersion } from "../../platform/node/version.js";
import { cancelled, UnblurError } from "../../src/base/errors.js";
import { type QueueConnection, workersThere } from "./connection.js";
import { fingerprintOf, type JobData, type JobResult, mapPlan } from "./job.js";
import { JobClient, JobFailed } from "./job-client.js";
import { modelChecksum } from "./model-checksum.js";
import { resultState } from "./record.js";
import type { Store } from "./store.js";
import { type Walked, walkPhotos } from "./walk.js";

/**
 * Largest number of queued photos that have not ended: more than workers compute at a time, few enough to remove at a
 * stop.
 */
export const MAX_HANDED_OUT = 500;
/** Priority of library photos, below photos that somebody waits for. */
const PRIORITY = 10;
/** Attempts for a photo whose failure may be temporary. */
const ATTEMPTS = 3;
const DECODE_SECONDS = 300;
/** Time limit: a very large photo with many steps takes hours. */
const JOB_SECONDS = 24 * 3600;
/** First look at the number of workers, and the time between looks. */
const LOOK_MS = { first: 2000, next: 5000 };
/** Resolution of file times: two seconds or better on every file system. */
const TIME_GRID_SECONDS = 2;

export interface HandOut {
  readonly connection: QueueConnection;
  readonly store: Store;
  readonly inputs: readonly string[];
  readonly outputs: OutputOptions & { readonly overwrite: boolean; readonly skipExisting: boolean };
  readonly settings: JobData["task"]["settings"];
  /** The command line for one photo. */
  command(input: string): string;
  readonly signal: AbortSignal;
}

export type HandOutEvent =
  | { readonly type: "restored"; readonly input: string; readonly result: JobResult; readonly plan: OutputPlan }
  /** "there already": a result with the requested settings and weights exists. */
  | {
      readonly type: "skipped";
      readonly input: string;
      readonly why: "there already" | "has its outputs" | "made by unblur";
    }
  | { readonly type: "failed"; readonly input: string; readonly code: string; readonly message: string }
  /** A worker refuses jobs of this kind. */
  | { readonly type: "refused"; readonly why: string }
  /** Photos wait and the number of connected workers has become 0, or is no longer 0. */
  | { readonly type: "workers"; readonly there: number }
  | { readonly type: "progress"; readonly ended: number; readonly handedOut: number; readonly isAll: boolean };

/**
 * Resolves when every photo has ended. Throws `argument` for settings that no photo could be handed out with;
 * `cancelled`.
 */
export async function handOut(
  { connection, store, inputs, outputs, settings, command, signal }: HandOut,
  report: (event: HandOutEvent) => void,
): Promise<void> {
  const checksum = await modelChecksum(settings.model);
  const storeId = await store.makeId();
  if (outputs.out !== undefined) await store.reference(outputs.out);
  // One error for a folder elsewhere, instead of one for each of its photos.
  for (const input of inputs)
    if (isFolder(input) && (await realpath(input)) !== store.root) await store.reference(input);
  await using client = new JobClient(connection);
  const running = new Set<Promise<void>>();
  const words = new Set<string>();
  let [ended, isAll] = [0, false];
  const clashes = new Clashes(outputs.out);
  const stop = new AbortController();
  setMaxListeners(MAX_HANDED_OUT, stop.signal);
  const forward = () => stop.abort();
  signal.addEventListener("abort", forward, { once: true });
  if (signal.aborted) forward();
  const progress = () => {
    if (!signal.aborted) report({ type: "progress", ended, handedOut: running.size, isAll });
  };
  const fail = (input: string, error: unknown) => {
    const { code, message } = error instanceof JobFailed ? error.failure : asFailure(error);
    report({ type: "failed", input, code, message });
  };

  const prepare = async (input: string, plan: OutputPlan): Promise<JobData> => {
    const found = await stat(input).catch((cause: NodeJS.ErrnoException) => {
      throw new UnblurError("file", `${input}: it cannot be read (${cause.code}); check its path and permissions`, {
        cause,
      });
    });
    const modifiedSeconds = Math.floor(found.mtimeMs / 1000 / TIME_GRID_SECONDS) * TIME_GRID_SECONDS;
    const reference = await store.reference(input);
    return {
      ...{ version: unblurVersion, checksum, store: storeId, decodeSeconds: DECODE_SECONDS, jobSeconds: JOB_SECONDS },
      task: {
        plan: (await mapPlan(plan, (path) => store.reference(path))) as JobData["task"]["plan"],
        ...{ mask: null, settings, name: reference, command: command(input), overwrite: outputs.overwrite },
      },
      photo: { bytes: found.size, modifiedSeconds },
    };
  };

  const one = async (input: string, plan: OutputPlan): Promise<void> => {
    const data = await prepare(input, plan);
    const fingerprint = fingerprintOf(data);
    const state = await resultState(plan, fingerprint);
    if (state === "done") return report({ type: "skipped", input, why: "there already" });
    if (state === "taken" && !outputs.overwrite) {
      if (outputs.skipExisting) return report({ type: "skipped", input, why: "has its outputs" });
      throw new UnblurError(
        "file",
        `${plan.outputs[0]}: it already exists, of another origin or settings; overwrite it with --force, accept it with --skip-existing, or choose another --out`,
      );
    }
    const result = await client.run(fingerprint, data, {
      ...{ priority: PRIORITY, attempts: ATTEMPTS, signal: stop.signal, atStop: "leave" },
      onEvent(event) {
        if (event.type !== "refused" || words.has(event.why)) return;
        words.add(event.why);
        report({ type: "refused", why: event.why });
      },
    });
    report({ type: "restored", input, result, plan });
  };

  const take = async (found: Walked): Promise<void> => {
    if (found.type === "own output") return report({ type: "skipped", input: found.path, why: "made by unblur" });
    if (found.type === "refused") return fail(found.path, found.error);
    try {
      const { plans, refused } = planOutputs(found.namesakes, outputs);
      const plan = plans.find(({ input }) => input === found.path);
      if (!plan) throw refused.find(({ input }) => input === found.path)!.error;
      clashes.check(found, plan);
      await one(found.path, plan);
    } catch (error) {
      if (signal.aborted || !(error instanceof UnblurError || error instanceof JobFailed || isOfFile(error)))
        throw error;
      fail(found.path, error);
    }
  };

  let [isThere, looking] = [true, undefined as NodeJS.Timeout | undefined];
  const look = async (): Promise<void> => {
    const there = connection.isThere && client.pending > 0 ? await workersThere(client.queue, connection) : null;
    if (there !== null && isThere !== there > 0 && !signal.aborted) report({ type: "workers", there });
    if (there !== null) isThere = there > 0;
  };
  const lookIn = (ms: number) => {
    looking = setTimeout(() => {
      lookIn(LOOK_MS.next);
      look().catch(() => {}); // the server is away
    }, ms);
  };

  lookIn(LOOK_MS.first);
  try {
    let broken: unknown = null;
    for await (const found of walkPhotos(inputs, outputs.out)) {
      if (signal.aborted || broken !== null) break;
      const work: Promise<void> = take(found)
        .catch((error: unknown) => {
          broken ??= error;
          stop.abort();
        })
        .finally(() => {
          running.delete(work);
          ended++;
          progress();
        });
      running.add(work);
      while (running.size >= MAX_HANDED_OUT && broken === null && !signal.aborted) await Promise.race(running);
      progress();
    }
    isAll = true;
    progress();
    await Promise.all(running);
    if (signal.aborted) throw cancelled(signal.reason);
    if (broken !== null) throw broken;
  } finally {
    clearTimeout(looking);
    signal.removeEventListener("abort", forward);
  }
}

const isOfFile = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException).syscall === "string";

const asFailure = (error: unknown): { code: string; message: string } => ({
  code: error instanceof UnblurError ? error.code : "file",
  message: (error as Error).message,
});

/** Photos of one folder whose outputs are one file, such as names that are equal once they are cut for the disk. */
class Clashes {
  #folder: ReadonlySet<string> | null = null;
  readonly #owners = new Map<string, string>();

  constructor(private readonly out: string | undefined) {}

  /** Throws `argument`. */
  check({ path, folder }: Extract<Walked, { type: "photo" }>, { outputs: [first] }: OutputPlan): void {
    if (folder !== this.#folder) this.#owners.clear();
    this.#folder = folder;
    const output = resolve(first!);
    const other = this.#owners.get(output);
    if (other !== undefined)
      throw new UnblurError(
        "argument",
        `"${other}" and "${path}" would both be written to "${first}"; restore them one after the other, to different folders`,
      );
    this.#owners.set(output, path);
    if (this.out !== undefined && dirname(output) === dirname(resolve(path)) && folder.has(basename(output)))
      throw new UnblurError("argument", `"${first}" would overwrite an input; choose another out`);
  }
}

/**
 * Trains models on pictures of one's own, as `unblur train` does.
 *
 * @packageDocumentation
 */
import { join, resolve } from "node:path";
import { argumentError, UnblurError } from "../../src/base/errors.js";
import { withCallbacks } from "../../src/library/callbacks.js";
import { givenOptions } from "../../src/library/settings.js";
import { parseRunConfig, type RunConfig, type RunConfigInput } from "../../src/training/run-config.js";
import { loadPlan } from "./data/load-plan.js";
import { prepareScenes } from "./data/prepare-scenes.js";
import { RunFolder } from "./runs/run-folder.js";
import { configMotion, createRun, trainRun } from "./runs/training-run.js";
import { foldersBefore, inTrainingSession } from "./runs/training-session.js";
import type { Device } from "./threads/runtime.js";

export { type ErrorCode, UnblurError } from "../../src/base/errors.js";
export { type RunConfig, type RunConfigInput, runConfigSchema } from "../../src/training/run-config.js";
export type { Device } from "./threads/runtime.js";

/** A step of training. */
export interface TrainStep {
  /** Number of the step in the whole run, from 1. */
  readonly step: number;
  /** Pictures drawn so far. */
  readonly imagesSeen: number;
  /** Loss of this step's batch. */
  readonly loss: number;
  /** Norm of the gradient before it is clipped. */
  readonly gradNorm: number;
  /** Learning rate of this step. */
  readonly learningRate: number;
  /** Estimated milliseconds to the end of the run, or to the limit of this session. */
  readonly timeLeftMs: number;
}

/** Resources, limits and callbacks of one session of training. */
export interface SessionOptions {
  /** Folder of the scenes of `data.deconvolved`; those that are missing are prepared into it. By default in the cache. */
  readonly prepared?: string | undefined;
  /** Device to compute on ("cpu"). */
  readonly device?: Device | undefined;
  /** Threads of the CPU; by default all. Resuming is exact for a fixed number. */
  readonly threads?: number | undefined;
  /** Stops after so many more steps; the run can be resumed. */
  readonly maxSteps?: number | undefined;
  /** Stops after so many minutes; the run can be resumed. */
  readonly maxMinutes?: number | undefined;
  /** Saves and stops; the call then rejects with the signal's reason. The run can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, with the run's folder, before the first step. */
  readonly onStart?: ((run: string) => void) | undefined;
  /** Called after each step. */
  readonly onStep?: ((step: TrainStep) => void) | undefined;
  /** Called for each file that is left out, with the reason. */
  readonly onProblem?: ((problem: string) => void) | undefined;
}

/** Options of `train`. */
export interface TrainOptions extends SessionOptions {
  /** Folder that the config's paths are relative to. */
  readonly data: string;
  /** Folder that holds the run folders ("runs"). */
  readonly out?: string | undefined;
}

/** Options of `resume`. */
export interface ResumeOptions extends SessionOptions {
  /** Folder that the config's paths are relative to; by default that of the session before. */
  readonly data?: string | undefined;
}

/** How a session of training ended. */
export interface TrainedRun {
  /** The run's folder, which `open` of `unblur-photo` takes as a model. */
  readonly run: string;
  /** Whether the whole run is over, or a limit ended this session. */
  readonly finished: boolean;
  /** The last step. */
  readonly step: number;
}

/**
 * Begins a run: creates its numbered folder and trains. Throws `config` for a config that does not validate and `data`
 * for a folder without the pictures that it names.
 */
export async function train(config: RunConfigInput, given: TrainOptions): Promise<TrainedRun> {
  const { out = "runs", ...options } = givenOptions("train", given);
  options.signal?.throwIfAborted();
  const data = folderOption("train", "data", options.data);
  const complete = parseRunConfig(config, "train");
  return session(complete, { ...options, data, open: () => createRun(out, complete, resolve(data)), resume: false });
}

/** A folder that the options must name. Throws `argument` for none. */
function folderOption(call: string, name: "data" | "out", folder: unknown): string {
  if (typeof folder === "string" && folder.length > 0) return folder;
  throw argumentError(call, `expected the option ${name}, the path of a folder`, folder);
}

/** Goes on with a run as if it had never stopped. `run`: its folder. */
export async function resume(run: string, given?: ResumeOptions): Promise<TrainedRun> {
  const options = givenOptions("resume", given);
  options.signal?.throwIfAborted();
  const folder = await RunFolder.open(run);
  const config = parseRunConfig(await folder.readConfig(), join(run, "config.json"));
  const before = await foldersBefore(folder);
  const data = options.data ?? before.data;
  if (data === undefined)
    throw new UnblurError("argument", `resume: ${run} does not name its data; set the option data`);
  const prepared = options.prepared ?? before.prepared;
  return session(config, { ...options, data, prepared, open: async () => folder, resume: true });
}

/** Options of `prepare`. */
export interface PrepareOptions {
  /** Folder that the config's paths are relative to. */
  readonly data: string;
  /** Folder for the scenes; may hold some of them. */
  readonly out: string;
  /** Number of threads; by default as many as there are usable processors. */
  readonly threads?: number | undefined;
  /** Stops after the scenes in work; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each scene. */
  readonly onScene?: ((progress: { readonly done: number; readonly scenes: number }) => void) | undefined;
  /** Called for each file that is left out, with the reason. */
  readonly onProblem?: ((problem: string) => void) | undefined;
}

/** Prepares the scenes of a config with `data.deconvolved`: those that are missing in `out`. */
export async function prepare(config: RunConfigInput, given: PrepareOptions): Promise<void> {
  const { threads, onScene, onProblem, ...folders } = givenOptions("prepare", given);
  folders.signal?.throwIfAborted();
  const data = folderOption("prepare", "data", folders.data);
  const out = folderOption("prepare", "out", folders.out);
  const { data: described, batchSize, seed, ...rest } = parseRunConfig(config, "prepare");
  if (!described.deconvolved)
    throw new UnblurError("config", "prepare: expected a config with data.deconvolved, got none");
  const root = resolve(data);
  await withCallbacks(folders.signal, async ({ signal, of }) => {
    const { plan, problems } = await loadPlan(described, root, batchSize);
    for (const problem of problems) await onProblem?.(problem);
    const motion = await configMotion({ ...rest, data: described, batchSize, seed });
    const reports = { onBadFile: of(onProblem), onScene: of(onScene) };
    await prepareScenes({ ...{ plan, root, seed, motion, out, threads, signal }, ...reports });
  });
}

interface Session extends TrainOptions {
  readonly resume: boolean;
  open(): Promise<RunFolder>;
}

async function session(
  config: RunConfig,
  { open, onStart, onStep, onProblem, ...options }: Session,
): Promise<TrainedRun> {
  if (config.rounds) throw new UnblurError("config", 'train: expected a config without "rounds", which needs a queue');
  return withCallbacks(options.signal, ({ signal, of }) =>
    inTrainingSession(
      config,
      {
        ...{ ...options, signal, root: resolve(options.data), command: "unblur-photo/train", onBadFile: of(onProblem) },
        async lock({ problems }) {
          for (const problem of problems) await onProblem?.(problem);
          return (await open()).lock();
        },
        onLocked: ({ path }) => onStart?.(path),
      },
      async (opened, openBatches) => {
        await using batches = openBatches();
        let [finished, step] = [false, 0];
        for await (const event of trainRun({ ...opened, batches })) {
          if (event.type === "step") await onStep?.(event); // a rejection ends the session
          if (event.type === "stopped") [finished, step] = [event.reason === "finished", event.progress.step];
          if (event.type === "stopped" && event.reason === "cancelled") signal.throwIfAborted();
        }
        return { run: opened.lock.run.path, finished, step };
      },
    ),
  );
}

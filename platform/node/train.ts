/**
 * Trains models on pictures of one's own, as `unblur train` does.
 *
 * @packageDocumentation
 */
import { join, resolve } from "node:path";
import { UnblurError } from "../../src/base/errors.js";
import { parseRunConfig, type RunConfig, type RunConfigInput } from "../../src/training/run-config.js";
import { openBatches } from "./data/batches.js";
import { loadPlan } from "./data/load-plan.js";
import { defaultScenesFolder, prepareScenes } from "./data/prepare-scenes.js";
import { RunFolder } from "./runs/run-folder.js";
import { configMotion, createRun, sceneMotion, trainRun } from "./runs/training-run.js";
import { createRuntime, type Device } from "./threads/runtime.js";

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
export async function train(config: RunConfigInput, { out = "runs", ...options }: TrainOptions): Promise<TrainedRun> {
  options.signal?.throwIfAborted();
  const complete = parseRunConfig(config, "train");
  return session(complete, { ...options, open: () => createRun(out, complete, resolve(options.data)), resume: false });
}

/** Goes on with a run as if it had never stopped. `run`: its folder. */
export async function resume(run: string, options: ResumeOptions = {}): Promise<TrainedRun> {
  options.signal?.throwIfAborted();
  const folder = await RunFolder.open(run);
  const config = parseRunConfig(await folder.readConfig(), join(run, "config.json"));
  const before = (await folder.sessions()).at(-1);
  const named = (name: "data" | "prepared") => (typeof before?.[name] === "string" ? before[name] : undefined);
  const data = options.data ?? named("data");
  if (data === undefined)
    throw new UnblurError("argument", `resume: ${run} does not name its data; set the option data`);
  const prepared = options.prepared ?? named("prepared");
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
export async function prepare(
  config: RunConfigInput,
  { data, out, threads, signal, onScene, onProblem = () => {} }: PrepareOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const { data: described, batchSize, seed, ...rest } = parseRunConfig(config, "prepare");
  if (!described.deconvolved)
    throw new UnblurError("config", "prepare: expected a config with data.deconvolved, got none");
  const root = resolve(data);
  try {
    const { plan, problems } = await loadPlan(described, root, batchSize);
    problems.forEach(onProblem);
    const motion = await configMotion({ ...rest, data: described, batchSize, seed });
    await prepareScenes({
      ...{ plan, root, seed, motion, out, threads, onBadFile: onProblem },
      ...(signal ? { signal } : {}),
      ...(onScene ? { onScene } : {}),
    });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

interface Session extends TrainOptions {
  readonly resume: boolean;
  open(): Promise<RunFolder>;
}

async function session(config: RunConfig, options: Session): Promise<TrainedRun> {
  const { data, device, threads, signal, maxSteps, maxMinutes, onStart, onStep, onProblem = () => {} } = options;
  if (config.rounds) throw new UnblurError("config", 'train: expected a config without "rounds", which needs a queue');
  try {
    const root = resolve(data);
    const { plan, problems } = await loadPlan(config.data, root, config.batchSize);
    problems.forEach(onProblem);
    const runtime = createRuntime({ device, threads });
    const run = await options.open();
    await using lock = await run.lock();
    onStart?.(run.path);
    const source = { plan, root, seed: config.seed, motion: await sceneMotion(run, config) };
    const prepared = config.data.deconvolved ? resolve(options.prepared ?? defaultScenesFolder(source)) : undefined;
    const cancelling = signal ? { signal } : {};
    const scenes = { ...source, ...cancelling, threads, onBadFile: onProblem };
    const drawn = prepared ? { ...plan, prepared: await prepareScenes({ ...scenes, out: prepared }) } : plan;
    await using batches = openBatches({ plan: drawn, seed: config.seed, onBadFile: onProblem });
    const events = trainRun({
      ...{ lock, config, runtime, batches, data: root, resume: options.resume, ...cancelling },
      ...(maxSteps === undefined ? {} : { maxSteps }),
      ...(maxMinutes === undefined ? {} : { maxMinutes }),
      session: { command: "unblur-photo/train", data: root, prepared, maxSteps, maxMinutes },
    });
    let [finished, step] = [false, 0];
    for await (const event of events) {
      if (event.type === "step") onStep?.(event);
      if (event.type === "stopped") [finished, step] = [event.reason === "finished", event.progress.step];
      if (event.type === "stopped" && event.reason === "cancelled") signal?.throwIfAborted();
    }
    return { run: run.path, finished, step };
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

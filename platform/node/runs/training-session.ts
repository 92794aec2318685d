/** @file One session of training on this machine: finds the data, locks the run, prepares its scenes, opens its batches. */
import { resolve } from "node:path";
import type { BatchSource } from "../../../src/data/batch.js";
import type { RunConfig } from "../../../src/training/run-config.js";
import { openBatches } from "../data/batches.js";
import { type LoadedPlan, loadPlan } from "../data/load-plan.js";
import { defaultScenesFolder, type PrepareOptions, prepareScenes } from "../data/prepare-scenes.js";
import { createRuntime, type Device } from "../threads/runtime.js";
import type { RunFolder, TrainingLock } from "./run-folder.js";
import { sceneMotion, type TrainingSession } from "./training-run.js";

export interface SessionOptions extends Pick<PrepareOptions, "onMissing" | "onScene">, Pick<TrainingSession, "resume"> {
  /** Folder that the config's paths are relative to. */
  readonly root: string;
  /** Folder of the scenes of `data.deconvolved`; those that are missing are prepared into it. Default: in the cache. */
  readonly prepared?: string | undefined;
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
  readonly maxSteps?: number | undefined;
  readonly maxMinutes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Command or call that started the session, for its record. */
  readonly command: string;
  /** Creates or opens the run. Called when the data have been found, so that a run without data leaves no folder. */
  lock(found: LoadedPlan): Promise<TrainingLock>;
  /** Called before scenes are prepared. */
  onLocked?(run: RunFolder, found: LoadedPlan & { readonly device: string }): void | Promise<void>;
  /** Called for each file that is left out while scenes and batches are made, with the reason. */
  onBadFile(reason: string): void;
}

/** Folders that the latest session of a run names. */
export async function foldersBefore(run: RunFolder): Promise<{ readonly data?: string; readonly prepared?: string }> {
  const before = (await run.sessions()).at(-1);
  const named = (name: "data" | "prepared") => (typeof before?.[name] === "string" ? { [name]: before[name] } : {});
  return { ...named("data"), ...named("prepared") };
}

/**
 * Runs `work` in a session of training and releases the run. `session` is what a training loop takes beside its
 * batches, which `open` opens; the caller disposes of them. Throws `data` for a folder without the pictures of the
 * config, `argument` for wrong threads, and what `lock` and the preparation throw.
 */
export async function inTrainingSession<T>(
  config: RunConfig,
  options: SessionOptions,
  work: (session: TrainingSession, open: () => BatchSource) => Promise<T>,
): Promise<T> {
  const { root, device, threads, maxSteps, maxMinutes, command, resume, onBadFile, onMissing, onScene } = options;
  const { seed } = config;
  const found = await loadPlan(config.data, root, config.batchSize);
  const runtime = createRuntime({ device, threads });
  await using lock = await options.lock(found);
  await options.onLocked?.(lock.run, { ...found, device: runtime.description });
  const signal = options.signal ? { signal: options.signal } : {};
  const source = { plan: found.plan, root, seed, motion: await sceneMotion(lock.run, config) };
  const prepared = config.data.deconvolved ? resolve(options.prepared ?? defaultScenesFolder(source)) : undefined;
  const reports = { onBadFile, ...(onMissing ? { onMissing } : {}), ...(onScene ? { onScene } : {}) };
  const plan = prepared
    ? { ...found.plan, prepared: await prepareScenes({ ...source, ...signal, ...reports, threads, out: prepared }) }
    : found.plan;
  return await work(
    {
      ...{ lock, config, runtime, data: root, resume, ...signal },
      ...(maxSteps === undefined ? {} : { maxSteps }),
      ...(maxMinutes === undefined ? {} : { maxMinutes }),
      session: { command, data: root, prepared, maxSteps, maxMinutes },
    },
    () => openBatches({ plan, seed, onBadFile }),
  );
}

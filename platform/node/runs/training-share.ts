/**
 * @file Trains a share of a round on this machine: from the files of a run to a file with the state after its steps.
 */
import { UnblurError } from "../../../src/base/errors.js";
import type { BatchSource } from "../../../src/data/batch.js";
import type { Runtime } from "../../../src/runtime/session.js";
import { checkLayout, encodeState, parseCheckpoint } from "../../../src/training/checkpoint.js";
import type { Objective } from "../../../src/training/objective.js";
import { shareLayout } from "../../../src/training/rounds/outer-step.js";
import { type ShareFigures, type SharePlace, trainShare } from "../../../src/training/rounds/share.js";
import { parseRunConfig, type RunConfig } from "../../../src/training/run-config.js";
import { openBatches } from "../data/batches.js";
import { loadPlan } from "../data/load-plan.js";
import { prepareScenes } from "../data/prepare-scenes.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { readRegular } from "../files/read-regular.js";
import { RunFolder } from "./run-folder.js";
import { openObjective, sceneMotion } from "./training-run.js";

/** Paths are this machine's. */
export interface ShareTask extends SharePlace {
  /** The run's folder. */
  readonly run: string;
  readonly data: string;
  /** Folder of the scenes of deconvolved data, or null. */
  readonly prepared: string | null;
  /** File with the state that the share starts from. */
  readonly base: string;
  /** Checksum of that file. */
  readonly baseId: string;
  /** File to write. */
  readonly out: string;
}

export interface TrainedShare extends ShareFigures {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly seconds: number;
}

/** Waiting times for a file that another machine has just written: some network file systems show it late. */
const TRIES = 5;
const PAUSE_MS = 1000;

/** Reads a file of the store; waits if it does not appear at once. */
export async function readFileOfStore(path: string): Promise<Uint8Array> {
  for (let tries = 1; ; tries++) {
    try {
      return await readRegular(path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT" || tries === TRIES)
        throw new UnblurError("file", `${path}: it cannot be read (${String(cause)})`, { cause });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** The run whose share was computed last: its objective and batches stay open. */
export class ShareTrainer implements AsyncDisposable {
  #open: {
    readonly key: string;
    readonly config: RunConfig;
    readonly objective: Objective;
    readonly batches: BatchSource;
  } | null = null;

  constructor(private readonly runtime: Runtime) {}

  /** Trains and writes the state. Throws what `trainShare` throws, and `checkpoint` for a state of another network. */
  async train(
    task: ShareTask,
    { signal, onStep }: { signal: AbortSignal; onStep(done: number): void },
  ): Promise<TrainedShare> {
    const startedAt = performance.now();
    const { config, objective, batches } = await this.#of(task);
    const { optimiser, maxGradNorm, ema, learningRate, steps, seed } = config;
    const recipe = { optimiser, maxGradNorm, ema };
    const layout = shareLayout(objective, recipe);
    const bytes = await readFileOfStore(task.base);
    const { state: start, progress, stored } = parseCheckpoint(bytes, task.base);
    checkLayout(stored, layout, task.base);
    if (stored.metadata.checksum !== task.baseId)
      throw new UnblurError("checkpoint", `${task.base}: expected the state ${task.baseId}, got another one`);
    const { step, localSteps, firstBatch } = task;
    const { state, ...figures } = await trainShare({
      ...{ runtime: this.runtime, objective, batches, recipe, learningRate, steps, seed },
      ...{ state: start, step, localSteps, firstBatch, signal, onStep },
    });
    const { parts } = encodeState(layout, { progress: { ...progress, step: step + localSteps }, seed, state });
    await writeFileAtomically(task.out, parts);
    const bytesWritten = parts.reduce((sum, part) => sum + part.length, 0);
    return { ...figures, bytesRead: bytes.length, bytesWritten, seconds: (performance.now() - startedAt) / 1000 };
  }

  async #of({ run: path, data, prepared }: ShareTask) {
    const key = JSON.stringify([path, data, prepared]);
    if (this.#open?.key === key) return this.#open;
    await this[Symbol.asyncDispose]();
    const run = await RunFolder.open(path);
    const config = parseRunConfig(await run.readConfig(), `${path}/config.json`);
    const { objective } = await openObjective(run, config);
    const { plan } = await loadPlan(config.data, data, config.batchSize);
    const source = { plan, root: data, seed: config.seed, motion: await sceneMotion(run, config) };
    const scenes = prepared === null ? undefined : await prepareScenes({ ...source, out: prepared, threads: 1 });
    const batches = openBatches({ plan: { ...plan, ...(scenes ? { prepared: scenes } : {}) }, seed: config.seed });
    this.#open = { key, config, objective, batches };
    return this.#open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open?.batches[Symbol.asyncDispose]();
    this.#open = null;
  }
}

/** @file Pool of worker processes, one for each photo or share of a run that is computed at the same time. */
import type { ShareTask, TrainedShare } from "../../platform/node/runs/training-share.js";
import type { RuntimeOptions } from "../../platform/node/threads/runtime.js";
import type { RestoredPhoto, RestoreTask } from "./worker-messages.js";
import { type TaskOptions, type TrainOptions, WorkerProcess } from "./worker-process.js";

export class WorkerPool {
  readonly #all: readonly WorkerProcess[];
  readonly #idle: WorkerProcess[];

  constructor(size: number, runtime: RuntimeOptions) {
    this.#all = Array.from({ length: size }, () => new WorkerProcess(runtime));
    this.#idle = [...this.#all];
  }

  /** Process ids of the live processes. */
  get pids(): readonly number[] {
    return this.#all.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Opens a model in every process. */
  async open(model: string): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.open(model)));
  }

  /**
   * Runs a task. The queue admits at most as many tasks as there are processes. Rejects as `WorkerProcess.run` does.
   */
  run(task: RestoreTask, options: TaskOptions): Promise<RestoredPhoto> {
    return this.#with((worker) => worker.run(task, options));
  }

  /** Trains a share of a run. Rejects as `WorkerProcess.train` does. */
  train(task: ShareTask, options: TrainOptions): Promise<TrainedShare> {
    return this.#with((worker) => worker.train(task, options));
  }

  async #with<T>(work: (worker: WorkerProcess) => Promise<T>): Promise<T> {
    const worker = this.#idle.pop();
    if (!worker) throw new Error("WorkerPool: more tasks than processes");
    try {
      return await work(worker);
    } finally {
      this.#idle.push(worker);
    }
  }

  /** Ends all processes; running and later tasks are rejected. */
  close(): void {
    for (const worker of this.#all) worker.close();
  }
}

/** @file Pool of worker processes, one for each photo that is restored at the same time. */
import type { RuntimeOptions } from "../../platform/node/threads/runtime.js";
import type { RestoredPhoto, RestoreTask } from "./worker-messages.js";
import { type TaskOptions, WorkerProcess } from "./worker-process.js";

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
  async run(task: RestoreTask, options: TaskOptions): Promise<RestoredPhoto> {
    const worker = this.#idle.pop();
    if (!worker) throw new Error("WorkerPool: more tasks than processes");
    try {
      return await worker.run(task, options);
    } finally {
      this.#idle.push(worker);
    }
  }

  /** Ends all processes; running and later tasks are rejected. */
  close(): void {
    for (const worker of this.#all) worker.close();
  }
}

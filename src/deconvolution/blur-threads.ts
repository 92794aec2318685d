/** @file Several tasks at the same time: one on this thread, others on threads as the platform has them. */
import { type BlurEstimator, estimatorHere } from "./blur-estimator.js";
import type { TaskIo, TaskName } from "./tasks.js";

export interface BlurThread {
  /** One at a time. Rejects if the thread ends before it has an answer. */
  run<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]>;
  end(): void;
}

/** Starts threads when there is work for them, and keeps them until `release`. Results do not depend on the thread. */
export class BlurThreads implements BlurEstimator {
  private readonly idle: BlurThread[] = [];
  /** Counts releases: a thread that was started before the last one is not kept. */
  private releases = 0;
  private hereIsBusy = false;

  /** `lanes` 1 is this thread alone. */
  constructor(
    readonly lanes: number,
    private readonly start: () => BlurThread,
  ) {}

  async run<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]> {
    if (this.hereIsBusy) return this.elsewhere(name, input);
    this.hereIsBusy = true;
    try {
      return await estimatorHere.run(name, input);
    } finally {
      this.hereIsBusy = false;
    }
  }

  private async elsewhere<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]> {
    const thread = this.idle.pop() ?? this.start();
    const { releases } = this;
    let whole = false;
    try {
      const result = await thread.run(name, input);
      whole = true;
      return result;
    } finally {
      // A thread that failed may be in any state: the next task gets a new one.
      if (whole && releases === this.releases) this.idle.push(thread);
      else thread.end();
    }
  }

  /** Ends the threads: idle ones now, a busy one as soon as it has answered. */
  release(): void {
    this.releases++;
    for (const thread of this.idle.splice(0)) thread.end();
  }
}

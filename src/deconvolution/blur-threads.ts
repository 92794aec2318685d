/** @file Runs several tasks at the same time: one on this thread, the others on the platform's threads. */
import { type BlurEstimator, inlineEstimator } from "./blur-estimator.js";
import type { TaskIo, TaskName } from "./tasks.js";

export interface BlurThread {
  /** Runs one task at a time. Rejects if the thread ends before it has answered. */
  run<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]>;
  end(): void;
}

/** Starts threads on demand and keeps them until `release`. Results do not depend on the thread. */
export class BlurThreads implements BlurEstimator {
  private readonly idle: BlurThread[] = [];
  /** Number of releases so far; a thread that was started before the last one is not kept. */
  private releases = 0;
  private ownThreadBusy = false;

  /** `lanes` counts this thread: 1 starts no other. */
  constructor(
    readonly lanes: number,
    private readonly start: () => BlurThread,
  ) {}

  async run<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]> {
    if (this.ownThreadBusy) return this.onThread(name, input);
    this.ownThreadBusy = true;
    try {
      return await inlineEstimator.run(name, input);
    } finally {
      this.ownThreadBusy = false;
    }
  }

  private async onThread<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]> {
    const thread = this.idle.pop() ?? this.start();
    const { releases } = this;
    let whole = false;
    try {
      const result = await thread.run(name, input);
      whole = true;
      return result;
    } finally {
      // A thread that failed may be in any state, so the next task gets a new one.
      if (whole && releases === this.releases) this.idle.push(thread);
      else thread.end();
    }
  }

  /** Ends the threads: idle ones now, busy ones after their answer. */
  release(): void {
    this.releases++;
    for (const thread of this.idle.splice(0)) thread.end();
  }
}

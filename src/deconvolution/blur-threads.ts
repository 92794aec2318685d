/** @file Blur of several places at the same time: of one on this thread, of others on threads as the platform has them. */
import type { Kernel } from "../blur/kernel.js";
import type { BlurWindow } from "./blind-kernel.js";
import { type BlurEstimator, estimatorHere } from "./blur-estimator.js";

export interface BlurThread {
  /** One at a time. Rejects if the thread ends before it has an answer. */
  estimate(windows: readonly BlurWindow[]): Promise<Kernel>;
  end(): void;
}

/** Starts threads when there is work for them, and keeps them until `release`. The kernels do not depend on who estimated them. */
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

  async estimate(windows: readonly BlurWindow[]): Promise<Kernel> {
    if (this.hereIsBusy) return this.elsewhere(windows);
    this.hereIsBusy = true;
    try {
      return await estimatorHere.estimate(windows);
    } finally {
      this.hereIsBusy = false;
    }
  }

  private async elsewhere(windows: readonly BlurWindow[]): Promise<Kernel> {
    const thread = this.idle.pop() ?? this.start();
    const { releases } = this;
    let whole = false;
    try {
      const kernel = await thread.estimate(windows);
      whole = true;
      return kernel;
    } finally {
      // A thread that failed may be in any state: the next place gets a new one.
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

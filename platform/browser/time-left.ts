/** @file Estimates the remaining seconds from the speed of the windows so far. */

/** The first window also prepares the network, so it is ignored once there are others. */
export class TimeLeft {
  #first: { readonly ms: number; readonly done: number } | null = null;

  /** The remaining seconds; null before two windows are done. `ms`: a clock in milliseconds. */
  after(done: number, total: number, ms: number): number | null {
    if (!this.#first || done < this.#first.done) this.#first = { ms, done };
    const windows = done - this.#first.done;
    return windows > 0 ? ((ms - this.#first.ms) / windows / 1000) * Math.max(0, total - done) : null;
  }
}

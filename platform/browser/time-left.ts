/** @file Seconds that are left, from how fast windows were computed so far. */

/** The first window also prepares the network, so it does not count once there are others. */
export class TimeLeft {
  #first: { readonly ms: number; readonly done: number } | null = null;

  /** `ms`: any clock's milliseconds. null before two windows are done. */
  after(done: number, total: number, ms: number): number | null {
    if (!this.#first || done < this.#first.done) this.#first = { ms, done };
    const windows = done - this.#first.done;
    return windows > 0 ? ((ms - this.#first.ms) / windows / 1000) * Math.max(0, total - done) : null;
  }
}

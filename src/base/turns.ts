/** @file A queue for work that shares memory or a device: one task at a time, in the order of the calls. */
import { cancelled } from "./errors.js";

export class Turns {
  /** Settles when all queued work is over. Holds no results, so that they can be freed. */
  #last: Promise<void> = Promise.resolve();

  /**
   * Runs `work` after all work before it. Rejects with what `work` throws. If the signal fires while `work` still
   * waits, rejects with `cancelled` at once and never runs it.
   */
  take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last;
    const turn = waited(before, signal).then(work);
    this.#last = Promise.allSettled([before, turn]).then(() => undefined);
    return turn;
  }
}

/** Resolves with `before` (which never rejects), or rejects with `cancelled` when the signal fires. */
function waited(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return before;
  return new Promise((resolve, reject) => {
    const stop = () => reject(cancelled(signal.reason));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    void before.then(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}

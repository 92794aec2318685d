/** @file Work that shares memory or a device, one after the other, in the order in which it was asked for. */
import { UnblurError } from "./errors.js";

export class Turns {
  /** Settles when all work so far is over; holds no result of it. */
  #last: Promise<void> = Promise.resolve();

  /**
   * Runs `work` after all work before it. Throws what `work` throws, and `cancelled` as soon as the signal fires while it waits; it is then not run.
   * `where` names the caller in that error.
   */
  take<T>(where: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last;
    const turn = waited(where, before, signal).then(work);
    this.#last = Promise.allSettled([before, turn]).then(() => undefined);
    return turn;
  }
}

/** Resolves with `before`, which never rejects. */
function waited(where: string, before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return before;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new UnblurError("cancelled", `${where}: stopped on request`, { cause: signal.reason }));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    void before.then(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}

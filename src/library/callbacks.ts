/** @file Callbacks that a caller gives to a call, and that may fail: by throwing, or by a promise that rejects. */

export interface Callbacks {
  /** Fires when the caller's signal does, and when a callback fails. */
  readonly signal: AbortSignal;
  /** The callback for work that does not await it. Neither throws nor rejects. */
  of<Given extends readonly unknown[]>(callback: ((...given: Given) => unknown) | undefined): (...given: Given) => void;
}

/**
 * The result of `work`, once the promises of its callbacks have been kept. A callback that fails stops the work by its
 * signal, and rejects with the callback's reason. Rejects with the reason of `signal` when that has stopped the work.
 */
export async function withCallbacks<Result>(
  signal: AbortSignal | undefined,
  work: (callbacks: Callbacks) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  let failure: { readonly reason: unknown } | undefined;
  const fail = (reason: unknown) => {
    failure ??= { reason };
    stop.abort(reason);
  };
  const abort = () => stop.abort(signal?.reason);
  const of: Callbacks["of"] =
    (callback) =>
    (...given) => {
      if (failure) return;
      try {
        const answered = Promise.resolve(callback?.(...given)).then(() => {}, fail);
        running.add(answered);
        void answered.then(() => running.delete(answered));
      } catch (reason) {
        fail(reason);
      }
    };
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  try {
    const result = await work({ signal: stop.signal, of });
    await Promise.all(running);
    if (failure) throw failure.reason;
    return result;
  } catch (error) {
    if (failure) throw failure.reason;
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

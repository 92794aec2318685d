/** @file Bounded concurrency. */

/**
 * Runs `begin` on every part, `lanes` at a time; results are in the parts' order. After one that throws, none is begun.
 */
export async function inLanes<T, R>(parts: Iterable<T>, lanes: number, begin: (part: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...parts].entries();
  const lane = async () => {
    for (const [i, part] of waiting) results[i] = await begin(part);
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
  return results;
}

/**
 * Runs all at the same time. When one rejects or the signal is aborted, the signal given to the others is aborted, too.
 * Settles when all have ended, with their results or with the first error.
 */
export async function allOrNone<T extends readonly unknown[]>(
  signal: AbortSignal | undefined,
  runs: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const stop = new AbortController();
  const forward = () => stop.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener("abort", forward, { once: true });
  let failure: { readonly error: unknown } | undefined;
  const results = await Promise.all(
    runs.map((run) =>
      run(stop.signal).catch((error: unknown) => {
        failure ??= { error };
        stop.abort(error);
      }),
    ),
  );
  signal?.removeEventListener("abort", forward);
  if (failure) throw failure.error;
  return results as unknown as T;
}

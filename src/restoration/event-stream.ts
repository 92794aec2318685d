/** @file Turns a long computation into a stream of its events. */

/** Reports an event. Resolves when the consumer asks for the next one: a step's arrays may be overwritten only then. */
export type Emit<Event> = (event: Event) => Promise<void>;

/**
 * Runs `work` and yields what it emits, in order; returns its result and throws its error. The work starts with the
 * first `next` and pauses while an event is unread. Leaving the loop aborts the work's signal and waits for its end.
 * `signal` aborts it too.
 */
export async function* eventStream<Event, Result>(
  work: (emit: Emit<Event>, signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<Event, Result, void> {
  const waiting: { readonly event: Event; readonly taken: () => void }[] = [];
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  let wake = () => {};
  let ended = false;
  let left = false;
  const emit: Emit<Event> = (event) =>
    new Promise((taken) => {
      if (left) return taken();
      waiting.push({ event, taken });
      wake();
    });
  const result = work(emit, stop.signal).finally(() => {
    ended = true;
    wake();
  });
  result.catch(() => {}); // an error is thrown below, or dropped where nobody listens any more
  try {
    while (!ended || waiting.length > 0) {
      const next = waiting.shift();
      if (!next) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      try {
        yield next.event;
      } finally {
        next.taken();
      }
    }
    return await result;
  } finally {
    signal?.removeEventListener("abort", abort);
    left = true;
    if (!ended) stop.abort();
    for (const { taken } of waiting.splice(0)) taken();
    if (!ended) await result.catch(() => {});
  }
}

/** Passes each event of a stream to `onEvent` and returns the result. An error of `onEvent` ends the work. */
export async function resultOf<Event, Result>(
  events: AsyncGenerator<Event, Result, void>,
  onEvent: (event: Event) => void | Promise<void>,
): Promise<Result> {
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      await onEvent(value);
    }
  } finally {
    await events.return(undefined as Result);
  }
}

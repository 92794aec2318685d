/** @file The page's side: a `Deblurrer` whose calls a worker answers. */
import { UnblurError } from "../../src/base/errors.js";
import { withCallbacks } from "../../src/library/callbacks.js";
import type { Deblurrer } from "./deblurrer.js";
import type { EngineOptions } from "./engine.js";
import { type Answer, bitmapsIn, type Method, type Posted } from "./messages.js";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress(...args: never[]): void;
}

/** `worker` runs `worker.ts`, which the page's build loads. */
export function createDeblurrer(worker: Worker, options: EngineOptions): Deblurrer {
  const waiting = new Map<number, Waiting>();
  /** Set when the worker has ended; it then answers no more messages. */
  let failure: Error | null = null;
  let calls = 0;
  const post = (message: Posted): void => worker.postMessage(message);

  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    const call = waiting.get(data.id);
    if (!call) {
      // The call was cancelled after the worker had finished: release its result.
      if (data.kind === "done") giveBack(data.value);
      return;
    }
    if (data.kind === "progress") {
      (call.onProgress as (...args: readonly unknown[]) => void)(...data.args);
      return;
    }
    waiting.delete(data.id);
    if (data.kind === "done") call.resolve(data.value);
    else if (data.name === "AbortError") call.reject(aborted());
    else call.reject(data.code ? new UnblurError(data.code, data.message) : new Error(data.message));
  });
  worker.addEventListener("error", ({ message }) => {
    failure = new Error(
      `The restorer stopped (${message || "out of memory?"}); reload the page, or try a smaller photo`,
    );
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  });

  const release = (id: string): void => {
    // A worker that has ended holds nothing.
    call("release", [id]).catch(() => {});
  };

  /** Releases the result of a cancelled call. */
  function giveBack(value: unknown): void {
    for (const bitmap of bitmapsIn(value)) bitmap.close();
    const { id, photo } = (value ?? {}) as { readonly id?: string; readonly photo?: { readonly id: string } };
    const kept = id ?? photo?.id;
    if (kept !== undefined) release(kept);
  }

  function call<M extends Method>(
    method: M,
    args: readonly unknown[],
    {
      signal: asked,
      onProgress,
    }: {
      readonly signal?: AbortSignal | undefined;
      readonly onProgress?: ((...args: never[]) => void) | undefined;
    } = {},
  ): Promise<Awaited<ReturnType<Deblurrer[M]>>> {
    const id = ++calls;
    if (failure) return Promise.reject(failure);
    return withCallbacks(
      asked,
      ({ signal, of }) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) return reject(aborted());
          // The page does not wait for the current window; the worker drops the rest afterwards.
          const abort = () => {
            if (!waiting.delete(id)) return; // answered
            post({ kind: "abort", id });
            reject(aborted());
          };
          signal.addEventListener("abort", abort, { once: true });
          waiting.set(id, { resolve: resolve as Waiting["resolve"], reject, onProgress: of(onProgress) });
          post({ kind: "call", id, method, args });
        }),
    );
  }

  post({ kind: "start", options });
  return {
    listModels: () => call("listModels", []),
    openModel: (source, onProgress) => call("openModel", [source], { onProgress }),
    openPhoto: (photo, name) => call("openPhoto", [photo, name]),
    deblur: (photo, settings, { signal, onProgress } = {}) => call("deblur", [photo, settings], { signal, onProgress }),
    reopen: (photo, file) => call("reopen", [photo, file]),
    download: (result, choice) => call("download", [result, choice]),
    release,
    restorePixels: (photo, settings, { model, mask, steps, signal, onEvent } = {}) =>
      call("restorePixels", [photo, settings, { model, mask, steps }], { signal, onProgress: onEvent }),
    deconvolvePixels: (photo, { method, cellPx, signal, onEvent } = {}) =>
      call("deconvolvePixels", [photo, { method, cellPx }], { signal, onProgress: onEvent }),
  };
}

const aborted = (): DOMException => new DOMException("Stopped on request", "AbortError");

/**
 * @file The worker: receives calls as messages and runs one restoration at a time. Opening photos and saving results go
 * on meanwhile.
 */
import { UnblurError } from "../../src/base/errors.js";
import type { Settings } from "../../src/library/settings.js";
import type { Deblurrer, DeconvolvePixelOptions, GivenPhoto, PixelOptions } from "./deblurrer.js";
import { createEngine } from "./engine.js";
import { type Answer, bitmapsIn, type Method, type Posted } from "./messages.js";

declare const self: DedicatedWorkerGlobalScope;

let engine: Deblurrer;
/** These calls run sequentially, because they share one session and its memory. */
const QUEUED: readonly Method[] = ["openModel", "deblur", "restorePixels"];
let queue: Promise<unknown> = Promise.resolve();
const running = new Map<number, AbortController>();

const answer = (message: Answer): void =>
  self.postMessage(message, bitmapsIn("value" in message ? message.value : null));

type Calls = { [M in Method]: (id: number, args: readonly unknown[]) => unknown };

const calls: Calls = {
  listModels: () => engine.listModels(),
  openModel: (id, [source]) =>
    engine.openModel(source as string | File, (...args) => answer({ kind: "progress", id, args })),
  openPhoto: (_, [file, name]) => engine.openPhoto(file as Blob, name as string),
  deblur: (id, [photo, settings]) =>
    engine.deblur(photo as string, settings as Parameters<Deblurrer["deblur"]>[1], {
      signal: running.get(id)!.signal,
      onProgress: (progress) => answer({ kind: "progress", id, args: [progress] }),
    }),
  reopen: (_, [photo, file]) => engine.reopen(photo as string, file as File),
  download: (_, [result, choice]) => engine.download(result as string, choice as Parameters<Deblurrer["download"]>[1]),
  release: (_, [id]) => engine.release(id as string),
  restorePixels: (id, [photo, settings, options]) =>
    engine.restorePixels(photo as GivenPhoto, settings as Settings, {
      ...(options as PixelOptions),
      signal: running.get(id)!.signal,
      onEvent: (event) => answer({ kind: "progress", id, args: [event] }),
    }),
  deconvolvePixels: (id, [photo, options]) =>
    engine.deconvolvePixels(photo as GivenPhoto, {
      ...(options as DeconvolvePixelOptions),
      signal: running.get(id)!.signal,
      onEvent: (share) => answer({ kind: "progress", id, args: [share] }),
    }),
};

async function call(id: number, method: Method, args: readonly unknown[]): Promise<void> {
  try {
    running.get(id)!.signal.throwIfAborted();
    answer({ kind: "done", id, value: await calls[method](id, args) });
  } catch (error) {
    const cancelled = running.get(id)!.signal.aborted || (error instanceof UnblurError && error.code === "cancelled");
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof UnblurError ? error.code : null;
    answer({ kind: "failed", id, name: cancelled ? "AbortError" : "Error", code, message });
  } finally {
    running.delete(id);
  }
}

self.addEventListener("message", ({ data }: MessageEvent<Posted>) => {
  if (data.kind === "start") engine = createEngine(data.options);
  else if (data.kind === "abort") running.get(data.id)?.abort();
  else {
    const { id, method, args } = data;
    running.set(id, new AbortController());
    if (QUEUED.includes(method)) queue = queue.then(() => call(id, method, args));
    else void call(id, method, args);
  }
});

/** @file The page's side of the worker, against a simulated worker. */
import { expect, test } from "vitest";
import type { Answer, Posted } from "./messages.js";
import { createDeblurrer } from "./worker-client.js";

/** Records posted messages; the test answers them. */
class PlayedWorker extends EventTarget {
  readonly posted: Posted[] = [];
  postMessage(message: Posted): void {
    this.posted.push(message);
  }
  answer(data: Answer): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
  fail(message: string): void {
    this.dispatchEvent(Object.assign(new Event("error"), { message }));
  }
  /** Methods called so far, with their arguments. */
  get calls() {
    return this.posted.flatMap((message) =>
      message.kind === "call" ? [{ method: message.method, args: message.args }] : [],
    );
  }
}

function played() {
  const worker = new PlayedWorker();
  return { worker, deblurrer: createDeblurrer(worker as unknown as Worker, { base: "/", device: "wasm" }) };
}

test("after a worker failed, pending and later calls are refused with the remedy", async () => {
  const { worker, deblurrer } = played();
  const waiting = deblurrer.listModels();
  worker.fail("no memory");
  await expect(waiting).rejects.toThrow("The restorer stopped (no memory); reload the page, or try a smaller photo");
  const { length } = worker.posted;
  await expect(deblurrer.listModels()).rejects.toThrow(/reload the page/);
  await expect(deblurrer.deblur("1", {}, { signal: AbortSignal.abort() })).rejects.toThrow(/reload the page/);
  deblurrer.release("1"); // must not end in an unhandled rejection
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(worker.posted).toHaveLength(length);
});

test("a result that arrives after its call was cancelled is released", async () => {
  const { worker, deblurrer } = played();
  const stop = new AbortController();
  const result = deblurrer.deblur("photo", {}, { signal: stop.signal });
  stop.abort();
  await expect(result).rejects.toMatchObject({ name: "AbortError" });
  worker.answer({ kind: "done", id: 1, value: { id: "result 7", samples: [], steps: [] } });
  expect(worker.calls.at(-1)).toEqual({ method: "release", args: ["result 7"] });
  worker.answer({ kind: "done", id: 2, value: undefined });
  expect(worker.calls).toHaveLength(2);
});

test("a callback that fails ends its call at once with its reason, and stops the worker's call", async () => {
  const reason = new Error("the callback's own");
  const thrown = () => {
    throw reason;
  };
  for (const onProgress of [thrown, async () => thrown()]) {
    const { worker, deblurrer } = played();
    const opening = deblurrer.openModel("fast", onProgress);
    worker.answer({ kind: "progress", id: 1, args: [1, 2] });
    await expect(opening).rejects.toBe(reason);
    expect(worker.posted.at(-1)).toEqual({ kind: "abort", id: 1 });
  }
});

test("a call resolves after the promises of its callbacks, and rejects with the reason of its signal", async () => {
  const { worker, deblurrer } = played();
  let kept = false;
  const opening = deblurrer.openModel("fast", async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    kept = true;
  });
  worker.answer({ kind: "progress", id: 1, args: [1, 2] });
  worker.answer({ kind: "done", id: 1, value: { name: "fast" } });
  expect([(await opening).name, kept]).toEqual(["fast", true]);
  const stop = new AbortController();
  const restoring = deblurrer.restorePixels(new Blob([]), {}, { signal: stop.signal });
  stop.abort("enough");
  await expect(restoring).rejects.toBe("enough");
});

/**
 * @file The worker that computes. It holds nothing else, so that it can be terminated at any moment: WebAssembly cannot
 * be interrupted.
 */
import { plainError } from "../../src/base/errors.js";
import type { Session } from "../../src/runtime/session.js";
import { type BrowserRuntime, createBrowserRuntime } from "./runtime.js";
import type { SessionAnswer, SessionPosted, SessionResults } from "./session-messages.js";

declare const self: DedicatedWorkerGlobalScope;

let runtime: BrowserRuntime;
const sessions = new Map<number, Session>();
let opened = 0;

const answer = (message: SessionAnswer): void => self.postMessage(message);

async function perform(call: SessionPosted): Promise<SessionResults[SessionPosted["kind"]]> {
  if (call.kind === "load") {
    runtime = await createBrowserRuntime(call.choice, call.source, (...bytes) => answer({ id: call.id, bytes }));
    return { description: runtime.description };
  }
  if (call.kind === "open") {
    sessions.set(++opened, await runtime.open(call.graph));
    return { session: opened, description: runtime.description };
  }
  const session = sessions.get(call.session)!;
  if (call.kind === "run") return session.run(call.feeds);
  sessions.delete(call.session);
  await session.release();
  return null;
}

// Sequential: on WebGPU, ONNX Runtime refuses to open a session while another one is being opened.
let last: Promise<void> = Promise.resolve();
self.addEventListener("message", ({ data }: MessageEvent<SessionPosted>) => {
  last = last
    .then(() => perform(data))
    .then(
      (value) => answer({ id: data.id, value }),
      (error: unknown) => answer({ id: data.id, error: plainError(error, "device") }),
    );
});

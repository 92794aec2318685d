/** @file Starts a thread of this program, from `dist` or from its TypeScript sources (tests, development), and asks it. */
import { Worker } from "node:worker_threads";
import "./no-telemetry.js"; // must run before any thread starts, as explained there
import { UnblurError } from "../../../src/base/errors.js";
import { programFile, STARTS_SOURCES } from "../files/package-root.js";

/** Starts a thread. `module`: as for `programFile`. */
export function startThread(module: string, workerData?: unknown): Worker {
  const options = { workerData };
  const url = programFile(module);
  if (!STARTS_SOURCES) return new Worker(url, options);
  // Sources need their parent's loader.
  const file = JSON.stringify(url.href);
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${file}, ${file}))`, {
    ...options,
    eval: true,
  });
}

/**
 * The thread's next message, after `question` was sent to it, if there is one. Rejects with the error that ended the
 * thread. A thread that is not asked anything does not keep the program alive.
 */
export function ask<Answer>(thread: Worker, { purpose, question }: { purpose: string; question?: unknown }) {
  return new Promise<Answer>((resolve, reject) => {
    const settle = (how: () => void) => {
      thread.off("message", answered).off("error", failed).off("exit", ended).unref();
      how();
    };
    const answered = (answer: Answer) => settle(() => resolve(answer));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number | null) =>
      failed(new UnblurError("device", `the thread that ${purpose} ended${code === null ? "" : ` with code ${code}`}`));
    if (thread.threadId === -1) return ended(null); // it has ended already, and would never answer
    thread.on("message", answered).on("error", failed).on("exit", ended).ref();
    if (question !== undefined) thread.postMessage(question);
  });
}

/**
 * @file A session on several threads, each with the whole graph. onnxruntime-node computes on the thread that asks, and
 * a graph of many small operations gains little from more threads: two tiles on one thread each take two thirds of the
 * time of one after the other on two (docs/measurements/speed.md).
 */
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { type PlainError, UnblurError } from "../../../src/base/errors.js";
import type { CompiledGraph } from "../../../src/graph/compile.js";
import type { Session, Values } from "../../../src/runtime/session.js";
import type { RuntimeOptions } from "./runtime.js";
import { ask, startThread } from "./start-thread.js";

export interface SessionThreadData {
  readonly graph: CompiledGraph;
  readonly options: RuntimeOptions;
}

export type SessionReply = { readonly values: Values } | { readonly error: PlainError };

/** Opens the graph on `lanes` threads, each with a runtime of these options. */
export async function openOnThreads(graph: CompiledGraph, lanes: number, options: RuntimeOptions): Promise<Session> {
  const data: SessionThreadData = { graph, options };
  const threads = Array.from({ length: lanes }, () => startThread("platform/node/threads/session-worker", data));
  let released = false;
  const release = async () => {
    released = true;
    const running = threads.filter(({ threadId }) => threadId !== -1); // one that ended by an error cannot be asked
    const ended = running.map((thread) => once(thread, "exit"));
    for (const thread of running) {
      thread.ref(); // the program may have nothing else to wait for
      thread.postMessage("release");
    }
    await Promise.all(ended);
  };
  const answerOf = async (thread: Worker, question?: Values): Promise<Values> => {
    const reply = await ask<SessionReply>(thread, { purpose: "computes a network", question });
    if ("error" in reply) throw new UnblurError(reply.error.code, reply.error.message);
    return reply.values;
  };
  // All answer before any is ended: a thread that is terminated while ONNX Runtime opens a graph aborts the process.
  const opened = await Promise.allSettled(threads.map((thread) => answerOf(thread)));
  const failed = opened.find((one) => one.status === "rejected");
  if (failed) {
    await release();
    throw failed.reason;
  }
  const idle = [...threads];
  const waiting: ((thread: Worker) => void)[] = [];
  return {
    graph,
    lanes,
    release,
    [Symbol.asyncDispose]: release,
    async run(feeds, into = {}) {
      if (released) throw new UnblurError("argument", "Session.run: the session was released");
      const thread = idle.pop() ?? (await new Promise<Worker>((resolve) => waiting.push(resolve)));
      try {
        const values = await answerOf(thread, feeds);
        for (const [name, { data }] of Object.entries(into))
          (data as Float32Array).set(values[name]!.data as Float32Array);
        return { ...values, ...into };
      } finally {
        const next = waiting.shift();
        if (next) next(thread);
        else idle.push(thread);
      }
    },
  };
}

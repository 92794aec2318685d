/** @file A thread that computes one graph. `session-threads.ts` is its owner's side. */
import { parentPort, workerData } from "node:worker_threads";
import { plainError } from "../../../src/base/errors.js";
import type { Values } from "../../../src/runtime/session.js";
import { createRuntime } from "./runtime.js";
import type { SessionReply, SessionThreadData } from "./session-threads.js";

const port = parentPort!;
const { graph, options } = workerData as SessionThreadData;

/** Answers with the values, or with the error. */
async function answer(values: () => Promise<Values>): Promise<void> {
  let reply: SessionReply;
  try {
    reply = { values: await values() };
  } catch (error) {
    reply = { error: plainError(error, "device") };
  }
  port.postMessage(reply);
}

const opening = createRuntime(options).open(graph);
port.on("message", async (feeds: Values | "release") => {
  const session = await opening.catch(() => null);
  if (!session) return port.close(); // it has answered why
  if (feeds !== "release") return answer(() => session.run(feeds));
  await session.release();
  port.close();
});
await answer(() => opening.then(() => ({})));

/** @file The owner's side of a thread that estimates blur. */
import type { BlurThread } from "../../../src/deconvolution/blur-threads.js";
import type { TaskIo, TaskName } from "../../../src/deconvolution/tasks.js";
import { ask, startThread } from "./start-thread.js";

export function startBlurThread(): BlurThread {
  const thread = startThread("platform/node/threads/blur-worker");
  thread.unref(); // an idle thread does not keep the program alive
  return {
    run: <N extends TaskName>(name: N, input: TaskIo[N]["input"]) =>
      ask<TaskIo[N]["output"]>(thread, { purpose: "estimates blur", question: { name, input } }),
    end: () => void thread.terminate(),
  };
}

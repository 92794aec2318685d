/** @file The owner's side of a thread that estimates blur. */
import { UnblurError } from "../../../src/base/errors.js";
import type { BlurThread } from "../../../src/deconvolution/blur-threads.js";
import type { TaskIo, TaskName } from "../../../src/deconvolution/tasks.js";
import { startThread } from "./start-thread.js";

export function startBlurThread(): BlurThread {
  const worker = startThread("platform/node/threads/blur-worker");
  worker.unref(); // an idle thread does not keep the program alive
  return {
    run: <N extends TaskName>(name: N, input: TaskIo[N]["input"]) =>
      new Promise<TaskIo[N]["output"]>((resolve, reject) => {
        const settle = (how: () => void) => {
          worker.off("message", answered).off("error", failed).off("exit", ended).unref();
          how();
        };
        const answered = (result: TaskIo[N]["output"]) => settle(() => resolve(result));
        const failed = (error: Error) => settle(() => reject(error));
        const ended = (code: number) =>
          failed(new UnblurError("device", `the thread that estimates blur ended with code ${code}`));
        worker.on("message", answered).on("error", failed).on("exit", ended).ref();
        worker.postMessage({ name, input });
      }),
    end: () => void worker.terminate(),
  };
}

/** @file Runs blur estimation on this thread or on several threads. */
import { yieldToEventLoop } from "../base/yield-to-event-loop.js";
import { openFourier } from "./fourier.js";
import { computed, type TaskIo, type TaskName } from "./tasks.js";

export interface BlurEstimator {
  /** Number of tasks computed at the same time. */
  readonly lanes: number;
  run<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]>;
}

/** Runs tasks on this thread. A task takes up to a second, so it yields to the event loop before and after each. */
export const inlineEstimator: BlurEstimator = {
  lanes: 1,
  async run(name, input) {
    const fourier = await openFourier();
    await yieldToEventLoop();
    const result = computed({ name, input }, fourier);
    await yieldToEventLoop();
    return result;
  },
};

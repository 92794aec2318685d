/** @file Runs blur estimation on this thread or on several. */
import { breathe } from "../base/breathe.js";
import { openFourier } from "./fourier.js";
import { computed, type TaskIo, type TaskName } from "./tasks.js";

export interface BlurEstimator {
  /** How many tasks it computes at the same time. */
  readonly lanes: number;
  run<N extends TaskName>(name: N, input: TaskIo[N]["input"]): Promise<TaskIo[N]["output"]>;
}

/** A task takes the better part of a second, so the rest of the program runs before and after it. */
export const estimatorHere: BlurEstimator = {
  lanes: 1,
  async run(name, input) {
    const fourier = await openFourier();
    await breathe();
    const result = computed({ name, input }, fourier);
    await breathe();
    return result;
  },
};

/** @file Training in one line for people: how far, how good, how fast, how long still. */
import { duration } from "../../src/base/duration.js";
import type { TrainEvent } from "../../src/training/loop.js";

type StepEvent = Extract<TrainEvent, { type: "step" }>;

/** The loss of single steps jumps; the line shows a mean over about so many. */
const MEAN_OVER = 100;

/** A function from each step's event to the line; it remembers the mean loss. */
export function trainingStatus(totalSteps: number): (event: StepEvent) => string {
  let mean: number | null = null;
  let count = 0;
  return ({ step, loss, imagesPerSecond, timeLeftMs }) => {
    count = Math.min(count + 1, MEAN_OVER);
    mean = mean === null ? loss : mean + (loss - mean) / count;
    const rate = imagesPerSecond >= 10 ? imagesPerSecond.toFixed(0) : imagesPerSecond.toPrecision(2);
    return `step ${step} of ${totalSteps}  loss ${mean.toPrecision(4)}  ${rate} images/s  ${duration(timeLeftMs)} left`;
  };
}

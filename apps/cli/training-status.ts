/** @file One-line status of training: progress, loss, speed and remaining time. */
import { duration } from "../../src/base/duration.js";
import type { TrainEvent } from "../../src/training/loop.js";

type StepEvent = Extract<TrainEvent, { type: "step" }>;

/** Approximate number of steps that the displayed loss is averaged over, because single steps fluctuate. */
const MEAN_OVER = 100;

/** Returns a function from each step's event to the status line; it keeps the mean loss. */
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

/** @file Training in one line for people: how far, how good, how fast, how long still. */
import type { TrainEvent } from "../../src/training/loop.js";

type StepEvent = Extract<TrainEvent, { type: "step" }>;

/** The loss of single steps jumps; the line shows a mean over about so many. */
const MEAN_OVER = 100;

/** "45 s", "12 min", "3 h 20 min", "2 d 4 h". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

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

/** @file Progress of a restoration in windows computed, over its prediction and all its samples. */
import type { RestoreOptions } from "./restorer.js";

export interface PlannedWindows {
  readonly predictor: number;
  /** Of one estimate of the diffusion network. */
  readonly estimate: number;
  /** Estimates of one sample. */
  readonly estimates: number;
  readonly samples: number;
}

export interface Progress {
  /** Begins a stage; the function returned is told how many of its windows are done. */
  stage(name: string): (done: number) => void;
  /** Another number of estimates for this sample and those to come: what an adaptive sampler now expects. */
  expect(estimates: number): void;
  /** Ends a sample, with however many estimates it took. */
  sampleDone(): void;
}

export function trackProgress({ onProgress }: RestoreOptions, planned: PlannedWindows): Progress {
  let finished = 0; // windows of stages that are over
  let current = 0;
  let before = planned.predictor; // windows of all that comes before this sample
  let samplesLeft = planned.samples;
  let { estimates } = planned;
  let stage = "";
  let told = 0;
  const total = () => Math.max(before + samplesLeft * estimates * planned.estimate, finished + current);
  const tell = () => {
    told = total();
    onProgress?.({ done: finished + current, total: told, stage });
  };
  return {
    stage(name) {
      finished += current;
      current = 0;
      return (done) => {
        stage = name;
        current = done;
        tell();
      };
    },
    expect(expected) {
      estimates = expected;
    },
    sampleDone() {
      before = finished + current;
      samplesLeft -= 1;
      if (total() !== told) tell();
    },
  };
}

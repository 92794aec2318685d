/** @file Progress of a restoration: work done and in total, over its stages, steps and samples. */

/** Name of the stage that estimates the blur, for people. */
export const ESTIMATING = "estimating the blur";

export interface RestoreProgress {
  /**
   * Work done and in total, over all steps and samples: multiply-adds of networks, and what takes about as long as so
   * many. Only their quotient has a meaning. The total is an estimate while a sampler chooses its steps as it goes.
   */
  readonly done: number;
  readonly total: number;
  /** Current stage, for people: "predicting", "step 2 of 4". */
  readonly stage: string;
}

export interface PlannedWork {
  /** Work of all stages before the diffusion. */
  readonly stages: number;
  /** Work of one estimate of the diffusion network. */
  readonly estimate: number;
  /** Estimates of one sample. */
  readonly estimates: number;
  readonly samples: number;
}

/** Reports how much of a stage is done. Resolves when the report has been read. */
export type Report = (done: number) => Promise<void>;

export interface Progress {
  /** Begins a stage with this much work. */
  stage(name: string, work: number): Report;
  /** Changes the number of estimates of this sample and those to come: an adaptive sampler's current guess. */
  expect(estimates: number): void;
  /** Ends a sample after any number of estimates. */
  sampleDone(): Promise<void>;
}

export function trackProgress(planned: PlannedWork, notify: (progress: RestoreProgress) => Promise<void>): Progress {
  let finished = 0; // work of stages that are over
  let current = { work: 0, done: 0 };
  let before = planned.stages; // work of all that comes before this sample
  let samplesLeft = planned.samples;
  let { estimates } = planned;
  let stage = "";
  let reportedTotal = 0;
  const total = () => Math.max(before + samplesLeft * estimates * planned.estimate, finished + current.done);
  const report = () => {
    reportedTotal = total();
    return notify({ done: finished + current.done, total: reportedTotal, stage });
  };
  return {
    stage(name, work) {
      finished += current.work;
      current = { work, done: 0 };
      return (done) => {
        stage = name;
        current.done = done;
        return report();
      };
    },
    expect(expected) {
      estimates = expected;
    },
    async sampleDone() {
      before = finished + current.work;
      samplesLeft -= 1;
      if (total() !== reportedTotal) await report();
    },
  };
}

/** @file Progress of a restoration: work done and in all, over its stages, steps and samples, in windows computed. */

export interface RestoreProgress {
  /**
   * Windows done, between two of them a fraction, and in total, over all steps and samples; an estimate while a sampler
   * chooses its steps as it goes.
   */
  readonly done: number;
  readonly total: number;
  /** What is happening, for people: "predicting", "step 2 of 4". */
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
  /** Begins a stage of so much work. */
  stage(name: string, work: number): Report;
  /** Changes the number of estimates of this sample and those to come: an adaptive sampler's current guess. */
  expect(estimates: number): void;
  /** Ends a sample, with however many estimates it took. */
  sampleDone(): Promise<void>;
}

export function trackProgress(planned: PlannedWork, tell: (progress: RestoreProgress) => Promise<void>): Progress {
  let finished = 0; // work of stages that are over
  let current = { work: 0, done: 0 };
  let before = planned.stages; // work of all that comes before this sample
  let samplesLeft = planned.samples;
  let { estimates } = planned;
  let stage = "";
  let told = 0;
  const total = () => Math.max(before + samplesLeft * estimates * planned.estimate, finished + current.done);
  const report = () => {
    told = total();
    return tell({ done: finished + current.done, total: told, stage });
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
      if (total() !== told) await report();
    },
  };
}

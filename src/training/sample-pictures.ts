/** @file Sample pictures during training: pairs of the run's data as rows of blurry, restored, sharp. */
import type { PairBatch } from "../data/batch.js";
import type { Planes } from "../images/image.js";
import { rasterFromPlanes } from "../images/pixels.js";
import type { Restorer } from "../restoration/restorer.js";
import type { SampleSchedule } from "./loop.js";
import type { StateValues } from "./state.js";

const ROWS = 4;
/** Limit of diffusion steps: samples must not take long, and the paper's 2000 steps are for evaluation. */
const MAX_STEPS = 50;

export interface SampleOptions {
  readonly everySteps: number;
  readonly seed: number;
  /** Diffusion steps of the model when it restores; at most 50 are used. */
  readonly steps: number;
  /** The pairs that are shown, always the same ones. */
  readonly pairs: PairBatch;
  /** Creates a restorer with the weights of a state; it is released after use. */
  readonly restorer: (state: StateValues) => Restorer;
}

/** First three channels of one image of a batch. */
const patch = (values: Float32Array, index: number, { size, patchPx }: PairBatch): Planes => {
  const start = (index * values.length) / size;
  return {
    ...{ width: patchPx, height: patchPx, channels: 3 },
    data: values.slice(start, start + 3 * patchPx * patchPx),
  };
};

/** Joins pictures of one size, left to right and top to bottom. */
function sheet(rows: readonly (readonly Planes[])[]): Planes {
  const { width, height, channels } = rows[0]![0]!;
  const [columns, count] = [rows[0]!.length, rows.length];
  const data = new Float32Array(channels * count * height * columns * width);
  rows.forEach((row, r) => {
    row.forEach((picture, c) => {
      for (let line = 0; line < channels * height; line++) {
        const [channel, y] = [Math.floor(line / height), line % height];
        const to = ((channel * count + r) * height + y) * columns * width + c * width;
        data.set(picture.data.subarray(line * width, (line + 1) * width), to);
      }
    });
  });
  return { width: columns * width, height: count * height, channels, data };
}

export function samplePictures({ everySteps, seed, steps, pairs, restorer }: SampleOptions): SampleSchedule {
  return {
    everySteps,
    async draw(state, step) {
      const { y, x0, size } = pairs;
      const model = restorer(state);
      try {
        const rows: Planes[][] = [];
        for (let i = 0; i < Math.min(ROWS, size); i++) {
          const blurry = patch(y, i, pairs);
          const { restored } = await model.restore(blurry, { steps: Math.min(steps, MAX_STEPS), seed: seed + i });
          rows.push([blurry, restored, patch(x0, i, pairs)]);
        }
        return [{ name: `step-${String(step).padStart(8, "0")}`, picture: rasterFromPlanes(sheet(rows)) }];
      } finally {
        await model.release();
      }
    },
  };
}

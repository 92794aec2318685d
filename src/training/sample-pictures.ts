/**
 * @file Sample pictures during training: pairs of the run's data as rows of blurry, restored, sharp; of a generator that
 * blurs, rows of sharp, made, and a really blurred patch of another photo.
 */
import { Rng } from "../base/random.js";
import type { Kernel } from "../blur/kernel.js";
import type { PairBatch } from "../data/batch.js";
import type { Planes } from "../images/image.js";
import { rasterFromPlanes } from "../images/pixels.js";
import type { Blurrer } from "../restoration/blurrer.js";
import type { KernelNetworkRunner } from "../restoration/known-kernel-network.js";
import type { Restorer } from "../restoration/restorer.js";
import type { SampleSchedule } from "./loop.js";
import type { StateValues } from "./state.js";

const ROWS = 4;
/** Limit of diffusion steps: samples must not take long, and the paper's 2000 steps are for evaluation. */
const MAX_STEPS = 50;

interface Pair {
  readonly y: Planes;
  readonly x0: Planes;
  /** Kernel of the blur, if the data have it. */
  readonly kernel: Kernel | null;
}

/** An open model, and the row of pictures that shows its work on pair `index`. */
export interface Rows extends Pick<Restorer, "release"> {
  row(pair: Pair, index: number): Promise<readonly Planes[]>;
}

/** `steps`: diffusion steps of the model when it restores; at most 50 are used. */
export const restoredRows = (
  restorer: Restorer,
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Rows => ({
  async row({ y, x0 }, index) {
    const { restored } = await restorer.restore(y, { steps: Math.min(steps, MAX_STEPS), seed: seed + index });
    return [y, restored, x0];
  },
  release: () => restorer.release(),
});

export const blurredRows = (blurrer: Blurrer, { seed }: { readonly seed: number }): Rows => ({
  row: async ({ y, x0 }, index) => [x0, await blurrer.blur(x0, Rng.fromSeed(seed).fork("samples", index)), y],
  release: () => blurrer.release(),
});

export const deconvolvedRows = (runner: KernelNetworkRunner): Rows => ({
  async row({ y, x0, kernel }) {
    return [y, await runner.deconvolve(y, { kernels: [kernel!], columns: 1, rows: 1, response: "encoded" }), x0];
  },
  release: () => runner.release(),
});

export interface SampleOptions {
  readonly everySteps: number;
  /** The pairs that are shown, always the same ones. */
  readonly pairs: PairBatch;
  /** Opens the model with the weights of a state; it is released after use. */
  readonly open: (state: StateValues) => Rows;
}

/** First three channels of one image of a batch. */
const patch = (values: Float32Array, index: number, { size, patchPx }: PairBatch): Planes => {
  const start = (index * values.length) / size;
  return {
    ...{ width: patchPx, height: patchPx, channels: 3 },
    data: values.slice(start, start + 3 * patchPx * patchPx),
  };
};

function kernelOf({ kernels, size }: PairBatch, index: number): Kernel | null {
  if (!kernels) return null;
  const length = kernels.length / size;
  const side = Math.sqrt(length);
  return { width: side, height: side, data: Float64Array.from(kernels.subarray(index * length, (index + 1) * length)) };
}

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

export function samplePictures({ everySteps, pairs, open }: SampleOptions): SampleSchedule {
  return {
    everySteps,
    async draw(state, step) {
      const { y, x0, size } = pairs;
      const model = open(state);
      try {
        const rows: (readonly Planes[])[] = [];
        for (let i = 0; i < Math.min(ROWS, size); i++)
          rows.push(await model.row({ y: patch(y, i, pairs), x0: patch(x0, i, pairs), kernel: kernelOf(pairs, i) }, i));
        return [{ name: `step-${String(step).padStart(8, "0")}`, picture: rasterFromPlanes(sheet(rows)) }];
      } finally {
        await model.release();
      }
    },
  };
}

/**
 * @file The initial image of sampling, and the noise of its steps. Both are counter-based: the same seed gives the same
 * image.
 */
import * as z from "zod";
import { argumentError, shapeError } from "../base/errors.js";
import type { Rng } from "../base/random.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { addNoise } from "../diffusion/forward.js";
import type { StepNoise } from "./sampling.js";

const STARTS = ["gaussian", "uniform", "blurry", "zero"] as const;
export type StartKind = (typeof STARTS)[number];
export const startSchema = z.enum(STARTS);

interface StartProblem {
  readonly rng: Rng;
  /** Noise level of the first step. */
  readonly level: NoiseLevel;
  readonly length: number;
  /** The blurry photo, "signed"; only "blurry" needs it. */
  readonly y?: Float32Array | undefined;
  /** Factor of the noise; 0 gives the mean of all starts. */
  readonly amount?: number;
}

interface Start {
  readonly summary: string;
  /** x_T as a new array of `length` values. */
  readonly draw: (problem: StartProblem) => Float32Array;
}

/** Standard deviation of x_T: 1, or the noise where it exceeds 1 (the priors of Song et al. 2021, appendix C). */
export const priorDeviation = ({ noise }: NoiseLevel): number => Math.max(1, noise);

/** Scales in place. */
function scaled(values: Float32Array, factor: number): Float32Array {
  if (factor !== 1) for (let i = 0; i < values.length; i++) values[i]! *= factor;
  return values;
}

const starts = {
  gaussian: {
    summary:
      "normal noise: standard where variance is preserved (Ho et al. 2020), of deviation sigma in an exploding process",
    draw: ({ rng, level, length, amount = 1 }) => scaled(rng.normals(length), amount * priorDeviation(level)),
  },
  uniform: {
    summary: "uniform noise in [0, 1), an oddity of the code published for the paper's model",
    draw: ({ rng, level, length, amount = 1 }) => scaled(rng.uniforms(length), amount * priorDeviation(level)),
  },
  blurry: {
    summary: "q(x_T | blurry photo): keeps the tone if the schedule's last level has some signal",
    draw: ({ rng, level, length, y, amount = 1 }) => {
      if (!y) throw argumentError("starts.blurry", "expected the blurry photo", y);
      if (y.length !== length) throw shapeError("starts.blurry", `a photo of ${length} values`, [y.length]);
      const x = rng.normals(length);
      return addNoise(y, x, { ...level, noise: amount * level.noise }, x);
    },
  },
  zero: {
    summary: "no residual: the photo itself, the end of a bridge (Liu et al. 2023, I2SB)",
    draw: ({ length }) => new Float32Array(length),
  },
} as const satisfies Record<StartKind, Start>;

/** x_T for a sampler, from the stream "start" of `rng`. */
export function drawStart(kind: StartKind, problem: StartProblem): Float32Array {
  return starts[kind].draw({ ...problem, rng: problem.rng.fork("start") });
}

/**
 * Noise of each step, from the streams "step", 0, 1, ... of `rng`, times `amount`; any part of it can be drawn by
 * itself.
 */
export function gaussianSteps(rng: Rng, amount = 1): StepNoise {
  return (step, start, count) => scaled(rng.fork("step", step).normals(count, start), amount);
}

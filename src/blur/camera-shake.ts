/**
 * @file Camera shake: a hand moves the camera while the shutter is open, and the kernel is the path. Boracchi and Foi
 * 2012, "Modeling the performance of image restoration from motion blur", in the form that DeblurGAN (Kupyn et al.
 * 2018) uses.
 */
import { argumentError } from "../base/errors.js";
import type { Draws } from "./draws.js";
import { blankKernel, type Kernel, normalisedKernel, splat, trimmedKernel } from "./kernel.js";

/** Positions of the camera in pixels, at equal intervals of time. */
export interface Trajectory {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface ShakeOptions {
  /** Length of the whole path. */
  readonly lengthPx: number;
  /** Number of positions, the first one included; DeblurGAN uses 2000. */
  readonly steps?: number;
  /** Strength of direction changes: 0 is a straight line, 0.005 DeblurGAN's value, 0.03 a nervous hand. */
  readonly anxiety?: number;
}

/**
 * A random path from the origin. At each step the velocity gets a Gaussian push, a pull back to the start and, rarely,
 * a jerk that reverses it. It is then rescaled to equal length, so that the whole path is `lengthPx` long. Numbers are
 * drawn in this order: pull, jerk probability, push, first angle; then per step: whether to jerk, the jerk's angle if
 * so, push in x, push in y.
 */
export function shakeTrajectory({ lengthPx, steps = 2000, anxiety = 0.005 }: ShakeOptions, draws: Draws): Trajectory {
  if (!(lengthPx > 0)) throw argumentError("shakeTrajectory", "lengthPx must be positive", lengthPx);
  if (!Number.isInteger(steps) || steps < 2) throw argumentError("shakeTrajectory", "steps must be 2 or more", steps);
  if (!(anxiety >= 0)) throw argumentError("shakeTrajectory", "anxiety must not be negative", anxiety);
  const pull = 0.7 * draws.uniform();
  const jerkProbability = 0.2 * draws.uniform();
  const push = 10 * draws.uniform();
  const angle = 2 * Math.PI * draws.uniform();
  const stepPx = lengthPx / (steps - 1);
  const speed = anxiety > 0 ? anxiety : stepPx;
  let [vx, vy] = [speed * Math.cos(angle), speed * Math.sin(angle)];
  const x = new Float64Array(steps);
  const y = new Float64Array(steps);
  for (let t = 0; t + 1 < steps; t++) {
    let [jerkX, jerkY] = [0, 0];
    if (draws.uniform() < jerkProbability * anxiety) {
      const turn = Math.PI + draws.uniform() - 0.5;
      jerkX = 2 * (vx * Math.cos(turn) - vy * Math.sin(turn));
      jerkY = 2 * (vx * Math.sin(turn) + vy * Math.cos(turn));
    }
    vx += jerkX + anxiety * (push * draws.normal() - pull * x[t]!) * stepPx;
    vy += jerkY + anxiety * (push * draws.normal() - pull * y[t]!) * stepPx;
    const scale = stepPx / Math.hypot(vx, vy);
    vx *= scale;
    vy *= scale;
    x[t + 1] = x[t]! + vx;
    y[t + 1] = y[t]! + vy;
  }
  return { x, y };
}

/** The path centred on a canvas as DeblurGAN centres it, its start on a whole pixel. */
export function trajectoryOnCanvas({ x, y }: Trajectory, canvas: number): Trajectory {
  const place = (axis: Float64Array): Float64Array => {
    const least = axis.reduce((a, b) => Math.min(a, b));
    const start = axis[0]! - least;
    const shift = -least - (start % 1) + 1;
    const greatest = axis.reduce((a, b) => Math.max(a, b)) + shift;
    return axis.map((value) => value + shift + Math.ceil((canvas - greatest) / 2));
  };
  return { x: place(x), y: place(y) };
}

/**
 * Kernel of the light that falls while the shutter is open from `from` to `to`, both shares of the path's time. Each
 * moment is shared among four pixels. The kernel is not normalised: its sum is the share of the time that the path is
 * on the canvas (the first position takes no time). As in DeblurGAN the canvas begins at 1, so light on the first row
 * and column is lost.
 */
export function exposure({ x, y }: Trajectory, canvas: number, from = 0, to = 1): Kernel {
  const kernel = { width: canvas, height: canvas, data: new Float64Array(canvas * canvas) };
  const steps = x.length;
  for (let t = 1; t < steps; t++) {
    const share = Math.min(t, to * steps) - Math.max(t - 1, from * steps); // position t stands for the time from t - 1 to t
    if (share > 0) splat(kernel, x[t]!, y[t]!, share / steps);
  }
  for (let i = 0; i < canvas; i++) {
    kernel.data[i] = 0;
    kernel.data[i * canvas] = 0;
  }
  return kernel;
}

/** Largest distance of a path of this length from its centroid: half its length, plus a pixel for sharing. */
export const shakeReach = (lengthPx: number): number => Math.ceil(lengthPx / 2) + 1;

/**
 * A random camera-shake kernel of odd size with its centroid in the centre, so that the blurry picture is not shifted
 * against the sharp one. DeblurGAN centres the path's bounding box instead, which shifts the picture by a few pixels.
 */
export function cameraShakeKernel(options: ShakeOptions, draws: Draws): Kernel {
  const { x, y } = shakeTrajectory(options, draws);
  const kernel = blankKernel(shakeReach(options.lengthPx));
  const meanOf = (axis: Float64Array) => axis.subarray(1).reduce((a, b) => a + b, 0) / (axis.length - 1);
  const [dx, dy] = [(kernel.width >> 1) - meanOf(x), (kernel.height >> 1) - meanOf(y)];
  for (let t = 1; t < x.length; t++) splat(kernel, x[t]! + dx, y[t]! + dy, 1);
  return trimmedKernel(normalisedKernel(kernel, "cameraShakeKernel"));
}

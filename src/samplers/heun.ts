/**
 * @file Second-order steps of the probability flow with two evaluations (Karras et al. 2022, "EDM", algorithms 1 to 3):
 * an Euler step to an intermediate point, then the whole step with the slopes at both. With churn, each step first adds
 * noise and goes back that much further.
 */
import * as z from "zod";
import { shapeError } from "../base/errors.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { levelAtSigma, sigmaOf } from "../diffusion/noise-level.js";
import { reverseDrift, type Sde, timeOfLevel } from "../diffusion/sde.js";
import { ddimUpdate } from "./ddim.js";
import { requireSde } from "./in-time.js";
import type { Sampler, SamplingStep } from "./sampling.js";
import { applyUpdate, type Update } from "./update.js";
import { checkLevels } from "./walk.js";

const sigma = z.number().min(0);
export const heunSchema = z
  .strictObject({
    kind: z.literal("heun"),
    order: z.int().min(1).max(2).default(2).describe("1 is Euler, with one evaluation per step"),
    alpha: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe("position of the second slope within the step: 1 is Heun, 0.5 midpoint"),
    variable: z
      .enum(["sigma", "time"])
      .default("sigma")
      .describe("variable of the ODE: noise / signal (EDM's), or the time of the process"),
    estimateAtEnd: z
      .boolean()
      .default(true)
      .describe("the last step returns the estimate itself; otherwise it is an Euler step (different only in time)"),
    churn: sigma
      .default(0)
      .describe("noise added over all steps, relative to the noise present; EDM's S_churn (40 in its text)"),
    churnFrom: sigma.default(0.05).describe("lowest noise / signal at which noise is added"),
    churnTo: sigma.default(50).describe("highest noise / signal at which noise is added"),
    churnNoise: sigma.default(1.003).describe("standard deviation of the added noise"),
  })
  .refine(({ churn, variable }) => churn === 0 || variable === "sigma", {
    path: ["churn"],
    message: 'needs variable "sigma", because the noisier level does not belong to the process',
  });
export type HeunOptions = z.infer<typeof heunSchema>;

/** Largest churn of one step: sigma grows by a factor of sqrt(2). */
const MAX_CHURN = Math.SQRT2 - 1;

/** Variable in which the ODE is solved: sigma for x / signal, or t for x itself. `slope` is a x + b denoised. */
interface Variable {
  /** The variable's value at a level. */
  readonly place: (level: NoiseLevel) => number;
  readonly levelAt: (place: number, like: NoiseLevel) => NoiseLevel;
  /** Divisor of x that gives the solved quantity. */
  readonly scale: (level: NoiseLevel) => number;
  readonly slope: (level: NoiseLevel) => { readonly x: number; readonly x0: number };
}

/** d(x / signal) / dsigma = (x / signal - denoised) / sigma, which is eps. */
const inSigma: Variable = {
  place: sigmaOf,
  levelAt: levelAtSigma,
  scale: ({ signal }) => signal,
  slope: ({ signal, noise }) => ({ x: 1 / noise, x0: -signal / noise }),
};

/** dx / dt = f x - g^2 score / 2. */
const inTime = (sde: Sde): Variable => ({
  place: (level) => timeOfLevel("heun", sde, level),
  levelAt: (t) => sde.levelAt(t),
  scale: () => 1,
  slope: (level) => {
    const { x0, xt } = reverseDrift(sde, timeOfLevel("heun", sde, level), 0.5);
    return { x: xt, x0 };
  },
});

/** Euler update between two levels. */
function eulerUpdate(variable: Variable, from: NoiseLevel, to: NoiseLevel): Update {
  const h = variable.place(to) - variable.place(from);
  const { x, x0 } = variable.slope(from);
  const scale = variable.scale(to);
  return { xt: scale * (1 / variable.scale(from) + h * x), x0: scale * h * x0, noise: 0 };
}

/** x at `to` from the slopes at `from` and at the intermediate point; `x` holds that point and receives the result. */
function correct(
  variable: Variable,
  alpha: number,
  [from, way, to]: readonly [NoiseLevel, NoiseLevel, NoiseLevel],
  [before, x]: readonly [Float32Array, Float32Array],
  [atFrom, onWay]: readonly [Float32Array, Float32Array],
): void {
  const h = variable.place(to) - variable.place(from);
  const [first, second] = [variable.slope(from), variable.slope(way)];
  const share = 1 / (2 * alpha);
  const scale = variable.scale(to);
  const keep = scale * (1 / variable.scale(from) + h * (1 - share) * first.x);
  const [a, b, c] = [h * (1 - share) * first.x0, h * share * second.x, h * share * second.x0].map((w) => scale * w);
  for (let i = 0; i < x.length; i++) x[i] = keep * before[i]! + a! * atFrom[i]! + b! * x[i]! + c! * onWay[i]!;
}

/** The noisier level at which a step starts, by algorithm 2; the level itself if no noise is added. */
function churned(level: NoiseLevel, total: number, { churn, churnFrom, churnTo }: HeunOptions): NoiseLevel {
  const now = sigmaOf(level);
  if (churn === 0 || level.signal === 0 || now < churnFrom || now > churnTo) return level;
  return levelAtSigma(now * (1 + Math.min(churn / total, MAX_CHURN)), level);
}

const NO_NOISE = () => new Float32Array(0);

/**
 * See `Sampler` for the ownership of arrays. Also holds x before the step. Steps from pure noise and to `CLEAN` are
 * DDIM's.
 */
export const heun: Sampler<HeunOptions> = async function* (denoise, x, levels, noise, options, sde) {
  checkLevels("heun", levels);
  const total = levels.length - 1;
  const variable = options.variable === "sigma" ? inSigma : inTime(requireSde("heun", sde));
  for (let index = 0; index < total; index++) {
    const to = levels[index + 1]!;
    const where = `heun: step ${index + 1} of ${total}`;
    const from = churned(levels[index]!, total, options);
    const added = Math.sqrt(Math.max(0, from.noise ** 2 - levels[index]!.noise ** 2));
    if (added > 0)
      applyUpdate(where, x, x, { x0: 0, xt: 1, noise: added * options.churnNoise }, (start, count) =>
        noise(index, start, count),
      );
    const denoised = await denoise(x, from);
    const step: SamplingStep = { index, total, level: from, x, denoised };
    yield step;
    const last = to.noise === 0;
    const plain = (last && options.estimateAtEnd) || from.signal === 0;
    if (plain || last || options.order === 1) {
      const update = plain ? ddimUpdate(from, to, { eta: 0 }) : eulerUpdate(variable, from, to);
      applyUpdate(where, x, denoised, update, NO_NOISE);
      continue;
    }
    const [start, end] = [variable.place(from), variable.place(to)];
    const way = options.alpha === 1 ? to : variable.levelAt(start + options.alpha * (end - start), to);
    const before = x.slice();
    applyUpdate(where, x, denoised, eulerUpdate(variable, from, way), NO_NOISE);
    const ahead = await denoise(x, way);
    if (ahead.length !== x.length) throw shapeError(where, `${x.length} values from the denoiser`, [ahead.length]);
    correct(variable, options.alpha, [from, way, to], [before, x], [denoised, ahead]);
  }
  return x;
};

/**
 * @file The probability-flow ODE (Song et al. 2021, section 4.3 and appendix D) by an adaptive Runge-Kutta method: no
 * noise, steps as long as the tolerance allows.
 */
import * as z from "zod";
import { shapeError, UnblurError } from "../base/errors.js";
import { reverseDrift } from "../diffusion/sde.js";
import { firstStep, type Slope, stepFactor, type Trial, tryStep } from "./dormand-prince.js";
import { requireSde, spanOf } from "./in-time.js";
import type { Sampler } from "./sampling.js";

export const probabilityFlowSchema = z.strictObject({
  kind: z.literal("probability-flow"),
  relativeTolerance: z
    .number()
    .positive()
    .default(1e-5)
    .describe("tolerated error of a step, relative to a pixel's value"),
  absoluteTolerance: z
    .number()
    .positive()
    .default(1e-5)
    .describe("tolerated error of a step, added to the relative one"),
});
export type ProbabilityFlowOptions = z.infer<typeof probabilityFlowSchema>;

const NAME = "probability-flow";

/**
 * See `Sampler` for the ownership of arrays; this sampler holds eight more of x's size while it waits. Each tried step
 * takes six estimates. Uses only the first and the last two of `levels`. The default tolerances are those of published
 * code. float32 images are accurate to about 1e-6, so far smaller tolerances only cost time.
 */
export const probabilityFlow: Sampler<ProbabilityFlowOptions> = async function* (
  denoise,
  x,
  levels,
  _,
  options,
  given,
) {
  const sde = requireSde(NAME, given);
  const { start, end, toClean } = spanOf(NAME, sde, levels);
  const tolerance = { relative: options.relativeTolerance, absolute: options.absoluteTolerance };
  const slope: Slope = async (t, y) => {
    const { x0, xt } = reverseDrift(sde, t, 0.5);
    const out = await denoise(y, sde.levelAt(t));
    if (out.length !== y.length) throw shapeError(NAME, `${y.length} values from the denoiser`, [out.length]);
    for (let i = 0; i < y.length; i++) out[i] = x0 * out[i]! + xt * y[i]!;
    return out;
  };
  /** The estimate that a slope contains: evaluating the network again would cost more than solving for it. */
  const estimateIn = (at: Float32Array, t: number): Float32Array => {
    const { x0, xt } = reverseDrift(sde, t, 0.5);
    return at.map((value, i) => (value - xt * x[i]!) / x0);
  };

  let t = start;
  let index = 0;
  let current = await slope(t, x);
  let h = t > end ? await firstStep(slope, t, end, x, current, tolerance) : 0;
  for (; t > end; index++) {
    const left = Math.ceil((t - end) / h - 1e-9);
    yield {
      index,
      total: index + left + (toClean ? 1 : 0),
      level: sde.levelAt(t),
      x,
      denoised: estimateIn(current, t),
    };
    let trial: Trial | undefined;
    let rejected = false;
    while (!trial) {
      const size = Math.min(h, t - end);
      const tried = await tryStep(slope, t, x, current, -size, tolerance);
      if (!Number.isFinite(tried.error) || !(t - size < t))
        throw new UnblurError(
          "numeric",
          `${NAME}: step ${index + 1}, t = ${t}: NaN or infinity in the image, or no step is short enough for the tolerance; ` +
            "check the input and the weights, or allow a larger tolerance",
        );
      const accepted = tried.error < 1;
      h = size * stepFactor(tried.error, rejected && accepted);
      rejected = true;
      if (!accepted) continue;
      trial = tried;
      t = size === t - end ? end : t - size;
    }
    x.set(trial.y);
    current = trial.slope;
  }
  if (!toClean) return x;
  const step = { index, total: index + 1, level: sde.levelAt(t), x, denoised: estimateIn(current, t) };
  yield step;
  x.set(step.denoised);
  return x;
};

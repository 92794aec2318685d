/** @file What every restorer checks before it starts: the photo, and the steps with the options that need them. */
import { argumentError, shapeError, UnblurError } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { needsSteps } from "./chosen-steps.js";
import type { Restoration, RestoreOptions } from "./restorer.js";

/** Throws `shape` unless it has three channels, as many values as it says, and a pixel. */
export function checkPhoto({ channels, width, height, data }: Planes): void {
  if (channels !== 3 || data.length !== 3 * width * height || data.length === 0)
    throw shapeError(
      "restore: photo",
      "[3, height, width]",
      `[${channels}, ${height}, ${width}] with ${data.length} values`,
    );
}

/** `steps`: those that are taken. Throws `argument` for steps the model does not have, and for options that need steps where none are taken. */
export function checkSteps(
  name: string,
  steps: number,
  options: RestoreOptions,
  has: { readonly predictor: boolean; readonly diffusion: boolean },
): void {
  const { samples = 1 } = options;
  if (!Number.isInteger(steps) || steps < 0) throw argumentError("restore", "steps must be an integer >= 0", steps);
  if (!Number.isInteger(samples) || samples < 1)
    throw argumentError("restore", "samples must be a positive integer", samples);
  if (samples > 1 && options.realism === 0)
    throw argumentError("restore", "samples above 1 need realism (texture) above 0, or all are equal", samples);
  if (steps > 0 && !has.diffusion)
    throw argumentError("restore", `model "${name}" has no diffusion: it offers 0 steps only`, steps);
  if (steps === 0 && !has.predictor)
    throw argumentError("restore", `model "${name}" has no predictor: steps must be at least 1`, steps);
  const needy = needsSteps(options);
  if (steps > 0 || needy.length === 0) return;
  const needs = `${needy.join(" and ")} cannot be used without diffusion steps`;
  throw new UnblurError(
    "argument",
    has.diffusion
      ? `restore: ${needs}, got steps 0; set steps to 1 or more, or leave out ${needy.join(" and ")}`
      : `restore: ${needs}, which model "${name}" does not have; choose a model with a diffusion, or leave out ${needy.join(" and ")}`,
  );
}

/** What a restorer without a diffusion offers. */
export const PREDICTS = { steps: 0, diffusionSteps: 0, diffuses: false } as const;

/** What a prediction is: one sample, without a diffusion. */
export const onePrediction = (restored: Planes): Restoration => ({ restored, samples: [restored], evaluations: 0 });

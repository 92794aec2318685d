/** @file Chooses the number of diffusion steps from the options and the model's defaults. */
import type { RestoreOptions, Restorer } from "./restorer.js";

/** What needs a diffusion, and so asks for one. */
type Asked = Pick<RestoreOptions, "steps" | "sampler" | "realism" | "samples" | "stop">;

/**
 * The options, by name, that need diffusion steps: a prediction has no noise to scale, no second sample, nothing to
 * settle. Realism 0 is the prediction itself.
 */
export function needsSteps({ sampler, realism, samples = 1, stop }: Asked): readonly string[] {
  return [
    ...(sampler ? ["sampler"] : []),
    ...(realism ? ["realism"] : []),
    ...(samples > 1 ? ["samples above 1"] : []),
    ...(stop ? ["stop"] : []),
  ];
}

/**
 * `steps` if given; else the model's own number of diffusion steps where an option needs them, else the model's
 * default.
 */
export function chosenSteps(asked: Asked, offered: Pick<Restorer, "steps" | "diffusionSteps">): number {
  return asked.steps ?? (needsSteps(asked).length > 0 ? offered.diffusionSteps : offered.steps);
}

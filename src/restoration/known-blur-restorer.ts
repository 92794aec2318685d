/** @file A restorer that undoes a known blur, in place of a model or in front of a model's diffusion. */
import { throwIfCancelled } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { checkPhoto, checkSteps, onePrediction, PREDICTS } from "./asked.js";
import { chosenSteps } from "./chosen-steps.js";
import { oneAtATime } from "./one-at-a-time.js";
import { trackProgress } from "./progress.js";
import type { Restorer } from "./restorer.js";

/** Progress counts as so many windows. */
const WINDOWS = 20;

export interface KnownBlurFilter {
  /** Of the filter, for people. */
  readonly name: string;
  /** [3, H, W], "signed" -> the same. `onProgress` is told the share of work done. */
  undo(
    photo: Planes,
    options: { readonly signal: AbortSignal | undefined; onProgress(share: number): void },
  ): Promise<Planes>;
  release(): Promise<void>;
}

/** Owns the filter: releasing one releases the other. */
export function knownBlurRestorer(filter: KnownBlurFilter): Restorer {
  const name = `known blur (${filter.name})`;
  return oneAtATime({
    name,
    ...PREDICTS,
    async restore(photo, options = {}) {
      checkPhoto(photo);
      checkSteps(name, options.steps ?? chosenSteps(options, PREDICTS), options, { predictor: true, diffusion: false });
      throwIfCancelled(options.signal, "restore");
      const progress = trackProgress(options, { predictor: WINDOWS, estimate: 0, estimates: 0, samples: 1 });
      const told = progress.stage("deconvolving");
      const { signal } = options;
      return onePrediction(await filter.undo(photo, { signal, onProgress: (share) => told(WINDOWS * share) }));
    },
    release: () => filter.release(),
  });
}

/** @file A restorer that deconvolves with a known blur, in place of a model or in front of a model's diffusion. */
import { throwIfCancelled } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { PREDICTS, planPrediction } from "./plan.js";
import { onePrediction, type Restorer, restorerFrom } from "./restorer.js";

/** Work of the deconvolution, in windows. For progress only. */
const WORK = 20;

export interface KnownBlurFilter {
  /** Name of the filter, for people. */
  readonly name: string;
  /** [3, H, W], "signed" -> the same. `onProgress` receives the share of work done. */
  deconvolve(
    photo: Planes,
    options: { readonly signal: AbortSignal | undefined; onProgress(share: number): void },
  ): Promise<Planes>;
  release(): Promise<void>;
}

/** Owns the filter: releasing one releases the other. */
export function knownBlurRestorer(filter: KnownBlurFilter): Restorer {
  const name = `known blur (${filter.name})`;
  return restorerFrom({
    name,
    ...PREDICTS,
    async restore(photo, settings, { emit, signal }) {
      planPrediction(name, settings, photo);
      throwIfCancelled(signal);
      const onProgress = (share: number) =>
        void emit({ type: "progress", progress: { done: WORK * share, total: WORK, stage: "deconvolving" } });
      return onePrediction(await filter.deconvolve(photo, { signal, onProgress }));
    },
    release: () => filter.release(),
  });
}

/**
 * @file Two models in a row: the photo is restored at its own size, and the result is enlarged. Models for enlarging are
 * trained on sharp photos, and enlarge blur as if it belonged to the picture.
 */
import { argumentError } from "../base/errors.js";
import { enlargedPlanes } from "../images/enlarge.js";
import type { Planes } from "../images/image.js";
import type { RestorationStep } from "./diffuse.js";
import { resultOf } from "./event-stream.js";
import { checkScale } from "./plan.js";
import { type RestoreEvent, type Restorer, restorerFrom } from "./restorer.js";
import { readSettings } from "./settings.js";
import { sharpnessOf } from "./sharpness.js";

/** Throws `argument` unless the first model keeps the photo's size and the other one enlarges. */
export function requirePair(name: string, scales: { readonly first: number; readonly enlarger: number }): void {
  if (scales.first !== 1 || scales.enlarger === 1)
    throw argumentError(
      "model",
      `expected a model that keeps the photo's size, a plus sign and a model that enlarges; these enlarge by ${scales.first} and ${scales.enlarger}`,
      name,
    );
}

/** An estimate of the first model, at the size of the result. */
function enlargedStep(step: RestorationStep, scale: number): RestorationStep {
  let larger: Planes | undefined;
  return {
    ...step,
    get estimate() {
      larger ??= enlargedPlanes(step.estimate, scale);
      return larger;
    },
  };
}

/**
 * A restorer that restores with `first` and enlarges each sample with `enlarger`. Settings apply to the first; a photo
 * that is sharp already is only enlarged, unless `restoreSharp` is set. Steps show the first model's estimates, enlarged
 * by bicubic interpolation. Releasing it releases both. Throws `argument` unless `first` keeps the photo's size and
 * `enlarger` does not.
 */
export function thenEnlarged(first: Restorer, enlarger: Restorer): Restorer {
  const name = `${first.name}+${enlarger.name}`;
  const { scale } = enlarger;
  requirePair(name, { first: first.scale, enlarger: scale });
  const { steps, diffusionSteps, diffuses } = first;
  return restorerFrom({
    ...{ name, scale, steps, diffusionSteps, diffuses },
    async restore(photo, settings, { emit, signal }) {
      checkScale(name, settings, scale, photo);
      const { scale: _, ...plain } = settings;
      // Each of the two counts as half of the work: neither knows how long the other takes.
      const show = (part: 0 | 1, event: RestoreEvent) =>
        event.type === "step"
          ? emit({ type: "step", step: enlargedStep(event.step, scale) })
          : emit({
              type: "progress",
              progress: { ...event.progress, done: (part + event.progress.done / event.progress.total) / 2, total: 1 },
            });
      const skips = !readSettings(plain).restoreSharp && sharpnessOf(photo).sharp;
      const restoration = skips
        ? { samples: [photo], evaluations: 0 }
        : await resultOf(first.run(photo, plain, signal), (event) => show(0, event));
      const samples: Planes[] = [];
      for (const [i, sample] of restoration.samples.entries()) {
        const { restored } = await resultOf(enlarger.run(sample, {}, signal), (event) =>
          event.type === "step"
            ? undefined
            : show(1, {
                type: "progress",
                progress: {
                  stage: "enlarging",
                  done: i + event.progress.done / event.progress.total,
                  total: restoration.samples.length,
                },
              }),
        );
        samples.push(restored);
      }
      return { restored: samples[0]!, samples, evaluations: restoration.evaluations };
    },
    async release() {
      await first.release();
      await enlarger.release();
    },
  });
}

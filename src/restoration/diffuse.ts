/** @file The diffusion of one sample as a generator of its steps. */
import { throwIfCancelled } from "../base/errors.js";
import { Rng } from "../base/random.js";
import { levelInput, networkInput } from "../diffusion/network-input.js";
import { denoiserFrom } from "../diffusion/predictions.js";
import type { Planes } from "../images/image.js";
import { sample } from "../samplers/catalog.js";
import type { SamplingStep } from "../samplers/sampling.js";
import { drawStart, gaussianSteps } from "../samplers/start.js";
import { clippedAround, type Diffused, imageFromDrawn, type Scale } from "./diffused.js";
import { EarlyStop } from "./early-stop.js";
import type { DiffusionPlan } from "./plan.js";
import type { Progress } from "./progress.js";
import type { Layered, WindowedNetwork } from "./windowed-network.js";

/**
 * A step of a restoration, before its update. `x` and `denoised` belong to the sampler: do not change them, and copy
 * what you keep.
 */
export interface RestorationStep extends SamplingStep {
  /** Index of the sample, from 0. */
  readonly sample: number;
  /**
   * The finished image of `denoised`; that of the last step is the sample. It is computed when first read, which must
   * be before the next step, and belongs to the reader.
   */
  readonly estimate: Planes;
  /** Conversion of `x` and `denoised` to an image. */
  readonly diffused: Diffused;
}

export interface DiffuseInputs {
  /** [3, H, W], "signed". */
  readonly photo: Planes;
  /** [3, H, W]; undefined for a model without a predictor. */
  readonly prediction: Float32Array | undefined;
  /** Divisor of the residual. */
  readonly scale: Scale;
  readonly network: WindowedNetwork;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

export interface Sample {
  /** [3, H, W], within [-1, 1]. */
  readonly image: Planes;
  /** Number of evaluations of the network on the whole photo. */
  readonly evaluations: number;
}

/** Draws sample `index`, from 0: yields its steps and returns its image. */
export async function* diffuse(
  plan: DiffusionPlan,
  index: number,
  { photo, prediction, scale, network, progress, signal }: DiffuseInputs,
): AsyncGenerator<RestorationStep, Sample, void> {
  const { config, sampler, sde, levels, steps, noise, samples } = plan;
  const { width, height, data: y } = photo;
  const base = prediction ?? (config.ofPhoto ? y : null);
  const diffused: Diffused = { base, scale, finePx: config.finePx, share: plan.share };
  const rng = Rng.fromSeed(plan.seed).fork("sample", index);
  const known: Layered[] = [photo, ...(prediction ? [{ channels: 3, data: prediction }] : [])];
  const { windows, each } = network.work({ width, height, level: true });
  const label = samples > 1 ? `sample ${index + 1} of ${samples}, ` : "";
  let [step, evaluations] = [1, 0];

  // photo, prediction and x_t, [6 or 9, H, W] -> [3, H, W]
  const raw = denoiserFrom(
    config.prediction,
    (xt, level, out) => {
      evaluations++;
      const report = progress.stage(`${label}step ${step}${steps === null ? "" : ` of ${steps}`}`, windows * each);
      return network.run({
        ...{ width, height, out, signal },
        images: [...known, { channels: 3, data: networkInput(xt, level) }],
        level: levelInput(level),
        onWindow: (done) => report(each * done),
      });
    },
    { clip: config.clip && !base },
  );
  const denoise = base && config.clip ? clippedAround(base, scale, raw) : raw;
  const x = drawStart(plan.start, { rng, level: levels[0]!, length: y.length, y, amount: noise });
  const sampling = sample(sampler, denoise, x, levels, gaussianSteps(rng, noise), sde);
  const earlyStop = plan.stop === "settled" ? new EarlyStop() : null;
  const finished = (data: Float32Array): Sample => ({
    image: imageFromDrawn({ ...photo, data }, diffused),
    evaluations,
  });
  for (;;) {
    const { done, value } = await sampling.next();
    if (done) return finished(value);
    throwIfCancelled(signal);
    yield shown(value, index, photo, diffused);
    // As the last step of all samplers does, the result is the estimate itself.
    if (earlyStop?.observe(value.denoised, scale, value.level)) {
      progress.expect(evaluations);
      return finished(value.denoised.slice());
    }
    step = Math.min(value.index + 2, value.total); // the next evaluation belongs to the next step, or still to the last
    if (steps === null) progress.expect(Math.ceil((evaluations * value.total) / (value.index + 1)));
  }
}

function shown(step: SamplingStep, sample: number, photo: Planes, diffused: Diffused): RestorationStep {
  let estimate: Planes | undefined;
  return {
    ...{ ...step, sample, diffused },
    get estimate() {
      estimate ??= imageFromDrawn({ ...photo, data: step.denoised.slice() }, diffused);
      return estimate;
    },
  };
}

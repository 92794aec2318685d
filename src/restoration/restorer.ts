/**
 * @file A restorer: photos in, restorations out, as a result or as a stream of events. Every app calls this interface.
 */
import { argumentError, throwIfCancelled, UnblurError } from "../base/errors.js";
import { Turns } from "../base/turns.js";
import type { BlurEstimator } from "../deconvolution/blur-estimator.js";
import type { Ranges } from "../graph/integers/forms.js";
import { enlargedPlanes } from "../images/enlarge.js";
import type { Planes } from "../images/image.js";
import { clipSigned } from "../images/pixels.js";
import { createNetwork } from "../networks/catalog.js";
import { deviationNetwork } from "../networks/deviation-network.js";
import type { Weights } from "../nn/parameters.js";
import type { Runtime } from "../runtime/session.js";
import { diffuse, type RestorationStep } from "./diffuse.js";
import { type Emit, eventStream, resultOf } from "./event-stream.js";
import type { ModelConfig, Part } from "./model-config.js";
import { type Offer, offerOf, type Plan, planRestoration } from "./plan.js";
import { type Progress, type RestoreProgress, trackProgress } from "./progress.js";
import type { RestorationSettings } from "./settings.js";
import { type DeconvolverOf, firstPictures, type Pictures, type Size, type Stage, stagesOf } from "./stages.js";
import { WindowedNetwork } from "./windowed-network.js";

export type { RestorationStep } from "./diffuse.js";
export type { RestoreProgress } from "./progress.js";

/** Events of a restoration, in order: progress, and diffusion steps before their update. */
export type RestoreEvent =
  | { readonly type: "progress"; readonly progress: RestoreProgress }
  | { readonly type: "step"; readonly step: RestorationStep };

export interface RestoreOptions extends RestorationSettings {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RestoreProgress) => void) | undefined;
  /** Called once per diffusion step. */
  readonly onStep?: ((step: RestorationStep) => void) | undefined;
}

export interface Restoration {
  /** The first sample. */
  readonly restored: Planes;
  /** All samples; `restored` is `samples[0]`. */
  readonly samples: readonly Planes[];
  /** Number of evaluations of the diffusion network on the whole photo, over all samples. */
  readonly evaluations: number;
}

/**
 * Restores photos: 3 channels, signed range, any size from 1x1 up. Results are new, `scale` times as wide and high, in
 * [-1, 1].
 */
export interface Restoring extends Pick<Offer, "scale"> {
  /**
   * Yields the events of a restoration and returns its result. It begins with the first `next`. Leaving the loop
   * cancels it.
   */
  run(
    photo: Planes,
    settings?: RestorationSettings,
    signal?: AbortSignal,
  ): AsyncGenerator<RestoreEvent, Restoration, void>;
  /** Resolves to the result; events go to the options' callbacks. */
  restore(photo: Planes, options?: RestoreOptions): Promise<Restoration>;
}

/**
 * Concurrent calls run one after the other, because they share memory and sessions; one that is cancelled while it
 * waits rejects at once. A seed gives the same result for all windows, threads and batches.
 */
export interface Restorer extends Offer, Restoring {
  readonly name: string;
  /**
   * Runs `work` as one turn of the queue, so that other work, such as reading the photo, also waits for the
   * restorations before it. Restore with the restorer that `work` receives; `restore` of this object would deadlock.
   */
  inTurn<T>(work: (open: Restoring) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Frees the device's memory when the pending restorations have ended. Later ones are refused with `argument`. */
  release(): Promise<void>;
}

/** An engine that runs one restoration at a time. */
export interface Engine extends Offer {
  readonly name: string;
  restore(
    photo: Planes,
    settings: RestorationSettings,
    context: { readonly emit: Emit<RestoreEvent>; readonly signal: AbortSignal },
  ): Promise<Restoration>;
  release(): Promise<void>;
}

/** A restorer that queues calls to an engine, which nothing else may use. */
export function restorerFrom(engine: Engine): Restorer {
  const { name, steps, diffusionSteps, diffuses, scale } = engine;
  const turns = new Turns();
  let released: Promise<void> | null = null;
  const restoring = (run: Restoring["run"]): Restoring => ({
    scale,
    run,
    restore: (photo, options = {}) =>
      resultOf(run(photo, options, options.signal), (event) => {
        if (event.type === "progress") options.onProgress?.(event.progress);
        else options.onStep?.(event.step);
      }),
  });
  const open = restoring((photo, settings = {}, signal) =>
    eventStream((emit, stop) => engine.restore(photo, settings, { emit, signal: stop }), signal),
  );
  const take = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    if (released) throw new UnblurError("argument", `restore: model "${name}" has been released; open it again`);
    return turns.take(work, signal);
  };
  return {
    ...{ name, steps, diffusionSteps, diffuses },
    ...restoring((photo, settings = {}, signal) =>
      eventStream((emit, stop) => take(() => engine.restore(photo, settings, { emit, signal: stop }), stop), signal),
    ),
    inTurn: (work, signal) => take(() => work(open), signal),
    release() {
      released ??= turns.take(() => engine.release());
      return released;
    },
  };
}

export interface Model {
  readonly name: string;
  readonly config: ModelConfig;
  /** Weights of each part of the config. */
  readonly weights: Partial<Record<Part, Weights>>;
  /** Measured ranges of the values inside a part, for 8-bit computation. */
  readonly ranges?: Partial<Record<Part, Ranges>>;
}

export interface RestorerOptions {
  /**
   * About how many pixels are computed at once (1 megapixel). Memory grows with it; larger windows repeat less work at
   * their borders.
   */
  readonly maxPixels?: number | undefined;
  /**
   * Restorer that predicts in place of the model's own predictor, in front of its diffusion, e.g. an imported one. The
   * caller releases it.
   */
  readonly predictor?: Restorer | undefined;
  /** Estimates the blur, for models that need it; by default on this thread. The caller releases it. */
  readonly estimator?: BlurEstimator | undefined;
  /** Replacements of the deconvolution methods by these names, e.g. with a known blur. */
  readonly deconvolverOf?: DeconvolverOf | undefined;
}

/** 1 megapixel: a 1280x720 frame in one window, and 24 megapixels within 2 GB for the embedded model. */
export const MAX_PIXELS = 1_000_000;

/** Throws `argument` for a model that blurs, and for one that restores only with the kernel of the blur. */
export function requireRestores(name: string, { blur, knownKernel }: ModelConfig): void {
  if (knownKernel)
    throw argumentError(
      "restore",
      `expected a model that needs the photo alone; this one is given the kernel of its blur, too: unblur photo.jpg --kernel kernel.png --kernel-filter with the name or folder of this model`,
      name,
    );
  if (blur)
    throw argumentError(
      "restore",
      "expected a model that restores photos; this one blurs sharp ones, for training (unblur blur --model)",
      name,
    );
}

/**
 * Opens a model. Throws `checkpoint` for missing weights, `argument` for a model that blurs and for a predictor that the
 * model cannot use.
 */
export function createRestorer(
  model: Model,
  runtime: Runtime,
  { maxPixels = MAX_PIXELS, predictor: other, estimator, deconvolverOf }: RestorerOptions = {},
): Restorer {
  const { name, config } = model;
  requireRestores(name, config);
  const open = (part: Part): WindowedNetwork | null => {
    const described = config[part];
    if (!described) return null;
    const weights = model.weights[part];
    if (!weights) throw new UnblurError("checkpoint", `model "${name}": the weights of its ${part} are missing`);
    const network = createNetwork(described.network);
    return new WindowedNetwork(
      part === "uncertainty" ? deviationNetwork(network) : network,
      weights,
      runtime,
      maxPixels,
      model.ranges?.[part] ?? null,
    );
  };
  const parts = {
    motion: other ? null : open("motion"),
    predictor: other ? null : open("predictor"),
    uncertainty: config.diffusion?.scale === "uncertainty" ? open("uncertainty") : null,
    diffusion: open("diffusion"),
  };
  if (other && !(config.predictor && parts.diffusion))
    throw argumentError(
      "createRestorer",
      `another predictor needs a model with a predictor and a diffusion of what it leaves; restore with "${other.name}" alone, or choose such a model`,
      `model "${name}"`,
    );
  const scale = config.scale ?? 1;
  if (other && other.scale !== 1 && other.scale !== scale)
    throw argumentError(
      "createRestorer",
      `the predictor "${other.name}" enlarges by ${other.scale}, but model "${name}" ${scale === 1 ? "keeps the photo's size" : `by ${scale}`}; choose a predictor of its scale`,
      other.scale,
    );
  const enlarger = other ?? parts.predictor;
  /** Whether something is given the enlarged photo: a diffusion, or a predictor that does not enlarge itself. */
  const needsEnlarged = parts.diffusion !== null || enlarger?.scale !== scale;
  const stages = stagesOf(config, parts, { estimator, deconvolverOf, other });
  const multiple = parts.motion?.multiple ?? 1;

  /** Runs stages in order. `more`: a diffusion follows, so the last stage frees its working memory like the others. */
  async function runStages(
    { given, photo, size }: { given: Planes; photo: Planes; size: Size },
    running: readonly Stage[],
    { more, progress, signal }: { more: boolean; progress: Progress; signal: AbortSignal },
  ): Promise<Pictures> {
    let pictures: Pictures = firstPictures(given, photo, multiple);
    for (const [i, stage] of running.entries()) {
      const report = progress.stage(stage.label, stage.cost(size));
      pictures = await stage.run(pictures, { report, signal });
      if (more || i + 1 < running.length) await stage.clear?.(size);
    }
    return pictures;
  }

  return restorerFrom({
    name,
    ...offerOf(config),
    async restore(given, settings, { emit, signal }) {
      const plan: Plan = planRestoration(model, settings, given, { other: other !== undefined });
      throwIfCancelled(signal);
      const photo = needsEnlarged ? enlargedPlanes(given, scale) : given;
      const size = { width: scale * given.width, height: scale * given.height };
      const { diffusion } = plan;
      const running = plan.stages.map((stage) => stages[stage]!);
      const { windows = 0, each = 0 } = (diffusion && parts.diffusion?.work({ ...size, level: true })) ?? {};
      const progress = trackProgress(
        {
          stages: running.reduce((sum, stage) => sum + stage.cost(size), 0),
          estimate: windows * each,
          estimates: diffusion?.evaluations ?? 0,
          samples: diffusion?.samples ?? 0,
        },
        (event) => emit({ type: "progress", progress: event }),
      );
      const [{ prediction, uncertainty }] = await Promise.all([
        runStages({ given, photo, size }, running, { more: diffusion !== null, progress, signal }),
        diffusion && parts.diffusion?.prepare({ ...size, level: true }),
      ]);
      if (!diffusion) return onePrediction({ ...size, channels: 3, data: clipSigned(prediction!) });
      const { scale: divisor } = diffusion.config;
      const inputs = {
        ...{ photo, prediction, network: parts.diffusion!, progress, signal },
        scale: divisor === "uncertainty" ? uncertainty! : divisor,
      };
      const samples: Planes[] = [];
      let evaluations = 0;
      for (let k = 0; k < diffusion.samples; k++) {
        const sample = await resultOf(diffuse(diffusion, k, inputs), (step) => emit({ type: "step", step }));
        await progress.sampleDone();
        evaluations += sample.evaluations;
        samples.push(sample.image);
      }
      return { restored: samples[0]!, samples, evaluations };
    },
    async release() {
      for (const part of Object.values(parts)) await part?.release();
    },
  });
}

/** A restoration without diffusion: one sample. */
export const onePrediction = (restored: Planes): Restoration => ({ restored, samples: [restored], evaluations: 0 });

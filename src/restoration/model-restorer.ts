/** @file A model as a restorer: prediction, diffusion, or one after the other, on a picture of any size. */
import { argumentError, throwIfCancelled, UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import type { BlurEstimator } from "../deconvolution/blur-estimator.js";
import { DECONVOLVERS } from "../deconvolution/deconvolvers.js";
import { residualInput } from "../deconvolution/residual.js";
import { levelInput, networkInput } from "../diffusion/network-input.js";
import { denoiserFrom } from "../diffusion/predictions.js";
import { createProcess, sdeOf } from "../diffusion/process.js";
import type { Ranges } from "../graph/integers/forms.js";
import { compactPlanes } from "../images/compact.js";
import { crop, padToSize } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { createNetwork } from "../networks/catalog.js";
import { deviationNetwork } from "../networks/deviation-network.js";
import type { Weights } from "../nn/parameters.js";
import type { Runtime } from "../runtime/session.js";
import { choosesItsSteps, evaluationsOf, type SamplerInput, sample } from "../samplers/catalog.js";
import type { SamplingStep } from "../samplers/sampling.js";
import { samplingEnds, samplingLevels } from "../samplers/spacing.js";
import { drawStart, gaussianSteps } from "../samplers/start.js";
import { checkPhoto, checkSteps, onePrediction } from "./asked.js";
import { chosenSteps } from "./chosen-steps.js";
import { deconvolutionPredictor } from "./deconvolution-predictor.js";
import { clippedAround, type Diffused, imageFromDrawn, type Scale } from "./diffused.js";
import {
  type DiffusionConfig,
  type ModelConfig,
  type Part,
  type SamplingConfig,
  SEEN,
  stepsUnasked,
} from "./model-config.js";
import { oneAtATime } from "./one-at-a-time.js";
import type { OnWindow, Predictor } from "./predictor.js";
import { type Progress, trackProgress } from "./progress.js";
import type { Restoration, RestoreOptions, Restorer } from "./restorer.js";
import { Settling } from "./settling.js";
import { type Layered, WindowedNetwork } from "./windowed-network.js";

export interface Model {
  readonly name: string;
  readonly config: ModelConfig;
  /** Weights of each part the config has. */
  readonly weights: Partial<Record<Part, Weights>>;
  /** Ranges of the values inside a part, where they were measured: for computing it in 8 bit. */
  readonly ranges?: Partial<Record<Part, Ranges>>;
}

export interface ModelRestorerOptions {
  /** About how many pixels are computed at once. Memory grows with it; larger windows repeat less work at their borders. */
  readonly maxPixels?: number;
  /**
   * Predicts in place of the model's own predictor, in front of its diffusion: an imported restorer, say. It stays the caller's to release.
   */
  readonly predictor?: Restorer;
  /** Who estimates the blur, of models that look at it; this thread when left out. It stays the caller's. */
  readonly estimator?: BlurEstimator;
}

/** 1 megapixel: a 1280x720 frame in one window, and 24 megapixels within 2 GB for the embedded model. */
const MAX_PIXELS = 1_000_000;

export function createRestorer(
  model: Model,
  runtime: Runtime,
  { maxPixels = MAX_PIXELS, predictor: other, estimator }: ModelRestorerOptions = {},
): Restorer {
  const { predictor, deconvolution, diffusion, sampling } = model.config;
  const open = (part: Part): WindowedNetwork | null => {
    const config = model.config[part];
    if (!config) return null;
    const weights = model.weights[part];
    if (!weights) throw new UnblurError("checkpoint", `model "${model.name}": the weights of its ${part} are missing`);
    const network = createNetwork(config.network);
    return new WindowedNetwork(
      part === "uncertainty" ? deviationNetwork(network) : network,
      weights,
      runtime,
      maxPixels,
      model.ranges?.[part] ?? null,
    );
  };
  const own = other ? null : open("predictor");
  const motion = other ? null : open("motion");
  const predict = other
    ? otherPredictor(other)
    : deconvolution
      ? deconvolutionPredictor(deconvolution, estimator)
      : own && ownPredictor(own, model.config, motion, estimator);
  const diffuse = open("diffusion");
  const uncertainty = diffusion?.scale === "uncertainty" ? open("uncertainty") : null;
  const refinement = diffuse && diffusion && sampling ? { network: diffuse, diffusion, sampling } : null;
  if (other && !(predictor && refinement))
    throw argumentError(
      "createRestorer",
      `another predictor needs a model with a predictor and a diffusion of what it leaves; restore with "${other.name}" alone, or choose such a model`,
      `model "${model.name}"`,
    );

  const offered = {
    steps: stepsUnasked(model.config),
    diffusionSteps: sampling?.steps ?? 0,
    diffuses: refinement !== null,
  };
  return oneAtATime({
    name: model.name,
    ...offered,
    async restore(photo, options = {}) {
      // A sampler that chooses its steps itself is asked for by its name alone, also of a model that has no number of them.
      const adaptive = refinement && options.sampler && choosesItsSteps(options.sampler);
      const steps = options.steps ?? Math.max(chosenSteps(options, offered), adaptive ? 1 : 0);
      const { samples = 1, seed = 0, realism = 1, signal } = options;
      checkPhoto(photo);
      checkSteps(model.name, steps, options, { predictor: predict !== null, diffusion: refinement !== null });
      checkRealism(realism, options.sampler ?? sampling?.sampler);
      throwIfCancelled(signal, "restore");
      const sampler = options.sampler ?? sampling?.sampler;
      const refines = steps > 0 && refinement && sampler;
      const windowsOf = (network: WindowedNetwork | null) =>
        network?.plan(photo.width, photo.height).windows.length ?? 0;
      const progress = trackProgress(options, {
        predictor: (predict?.windows(photo) ?? 0) + (refines ? windowsOf(uncertainty) : 0),
        estimate: windowsOf(diffuse),
        // Steps are a first guess at what a sampler will need that chooses them itself.
        estimates: sampler && steps > 0 ? (evaluationsOf(sampler, steps) ?? steps) : 0,
        samples,
      });
      const [prediction] = await Promise.all([
        predict?.predict(photo, signal, progress.stage("predicting")) ?? null,
        refines && diffuse?.prepare({ ...photo, level: true }),
      ]);
      if (!refines) return predictorOnly(photo, prediction!);
      // Of a large photo: a session's working memory is worth more than the moment it takes to open it again for the next one.
      const large = windowsOf(own) > 1;
      if (large) await own?.release();
      const told = uncertainty ? progress.stage("estimating the uncertainty") : () => {};
      const scale = await scaleOf(refinement.diffusion, uncertainty, photo, prediction, signal, told);
      if (large) await uncertainty?.release();
      const restorations: Planes[] = [];
      let evaluations = 0;
      for (let k = 0; k < samples; k++) {
        const rng = Rng.fromSeed(seed).fork("sample", k);
        const label = samples > 1 ? `sample ${k + 1} of ${samples}, ` : "";
        // A prediction stands for the mean: what is drawn around it keeps its shape. Without one the noise itself is scaled, which comes to the
        // same for an exact denoiser, and takes a trained one to pictures with less noise than it was taught.
        const spread = Math.sqrt(realism);
        const [amount, share] = prediction ? [1, spread] : [spread, 1];
        const { finePx } = refinement.diffusion;
        const diffused: Diffused = { base: baseOf(refinement.diffusion, photo, prediction), scale, finePx, share };
        const onStep = options.onStep
          ? (step: SamplingStep) => {
              const estimate = imageFromDrawn({ ...photo, data: step.denoised.slice() }, diffused);
              options.onStep?.({ ...step, sample: k, estimate, diffused });
            }
          : null;
        const draw = { rng, sampler, steps, amount, stop: options.stop, signal, progress, label, onStep };
        const drawn = await drawSample(refinement, photo, prediction, diffused, draw);
        progress.sampleDone();
        evaluations += drawn.evaluations;
        restorations.push(imageFromDrawn({ ...photo, data: drawn.data }, diffused));
      }
      return { restored: restorations[0]!, samples: restorations, evaluations };
    },
    async release() {
      await motion?.release();
      await own?.release();
      await uncertainty?.release();
      await diffuse?.release();
    },
  });
}

function checkRealism(realism: number, sampler: SamplerInput | undefined): void {
  if (!(realism >= 0 && realism <= 1)) throw argumentError("restore", "realism must be 0 to 1", realism);
  if (realism < 1 && sampler?.kind === "predictor-corrector")
    throw argumentError(
      "restore",
      "predictor-corrector sizes its steps by its noise, so it cannot have less: use another sampler, or realism 1",
      realism,
    );
}

/** Work of a prediction in windows of its network, for its progress: estimating the blur for one of them, and a tile in front of it. */
const [ESTIMATE_WINDOWS, TILE_WINDOWS] = [4, 0.5];

const ownPredictor = (
  network: WindowedNetwork,
  { predictor: config, motion: motionConfig }: ModelConfig,
  motion: WindowedNetwork | null,
  estimator: BlurEstimator | undefined,
): Predictor => {
  const multiple = motion?.multiple ?? 1;
  /** Windows of the network, and the work of tiles in front of it, which take long enough to be told of. */
  const planned = ({ width, height }: Planes) => {
    const whole = [width, height].map((side) => Math.ceil(side / multiple) * multiple) as [number, number];
    const own = network.plan(...whole).windows.length;
    const tiles = motion?.tiled ? TILE_WINDOWS * motion.plan(...whole).windows.length : 0;
    return { own, tiles, all: own + Math.ceil(tiles) };
  };
  const windows = (photo: Planes) => planned(photo).all;
  const apply = (
    to: WindowedNetwork,
    { width, height }: Planes,
    images: readonly Layered[],
    signal: AbortSignal | undefined,
    { onWindow, out }: { onWindow?: OnWindow; out?: Float32Array | undefined } = {},
  ) =>
    to.run({
      ...{ width, height, images, out, signal },
      ...(onWindow ? { onWindow } : {}),
    });
  const { deconvolves, beside, residual } = SEEN[config!.sees];
  if (!deconvolves)
    return { windows, predict: (photo, signal, onWindow) => apply(network, photo, [photo], signal, { onWindow }) };
  return {
    windows,
    async predict(photo, signal, onWindow) {
      const { own, tiles, all } = planned(photo);
      const estimate = ESTIMATE_WINDOWS * own;
      const told = (work: number) => onWindow((all * work) / (estimate + tiles + own));
      const tell = (done: number) => told(estimate + tiles + done);
      const sharper = () =>
        DECONVOLVERS[config!.deconvolver].deconvolve(photo, {
          residual,
          onProgress: (share) => told(share * estimate),
          ...(estimator ? { estimator } : {}),
          ...(signal ? { signal } : {}),
        });
      if (!motion) return apply(network, photo, [photo, (await sharper()).deconvolved], signal, { onWindow: tell });
      // To the motion network's multiple once, for both: what an exported file, which holds the two, does as well.
      const whole = (side: number) => Math.ceil(side / motion.multiple) * motion.multiple;
      const [width, height] = [whole(photo.width), whole(photo.height)];
      const fits = width === photo.width && height === photo.height;
      // Copies of a large photo are hundreds of megabytes: none where nothing is added, and none kept when its time has passed.
      const padded = (planes: Planes) => (fits ? planes : padToSize(planes, width, height, "reflect"));
      const larger = padded(photo);
      // Of a large photo: what is only looked at once more is kept in half its memory, and its own array takes the next result. The collector would
      // leave a quarter of a gigabyte here and there for a while.
      const large = motion.plan(width, height).windows.length > 1;
      const shown = (planes: Planes): Layered => (large ? compactPlanes(planes) : planes);
      const blind = sharper().then(({ deconvolved, residual: left }) => ({
        hint: padded(deconvolved),
        unexplained: left && shown(padded(residualInput(left))),
      }));
      // Others estimate the blur in the meantime.
      const [{ hint, unexplained }] = await Promise.all([blind, motion.prepare(larger), network.prepare(larger)]);
      const first = shown(hint);
      const spare = large && hint.data !== photo.data ? hint.data : undefined;
      const judged = motionConfig!.sees === "photo" ? [larger] : [larger, first];
      const onTile = (done: number) => told(estimate + TILE_WINDOWS * done);
      const watched = motion.tiled ? { onWindow: onTile } : {};
      const better = { ...larger, data: await apply(motion, larger, judged, signal, { out: spare, ...watched }) };
      const seen = [larger, shown(better), ...(beside ? [first] : []), ...(unexplained ? [unexplained] : [])];
      // One session's working memory at a time.
      if (large) await motion.release();
      const out = large ? better.data : undefined;
      const data = await apply(network, larger, seen, signal, { onWindow: tell, out });
      return fits
        ? data
        : crop({ ...larger, data }, { left: 0, top: 0, width: photo.width, height: photo.height }).data;
    },
  };
};

/** How many windows a foreign predictor computes is not known beforehand: its progress counts as so many. */
const OTHER_WINDOWS = 20;

const otherPredictor = (restorer: Restorer): Predictor => ({
  windows: () => OTHER_WINDOWS,
  async predict(photo, signal, onWindow) {
    const { restored } = await restorer.restore(photo, {
      steps: 0,
      onProgress: ({ done, total }) => onWindow((OTHER_WINDOWS * done) / total),
      ...(signal ? { signal } : {}),
    });
    return restored.data;
  },
});

interface Draw {
  readonly rng: Rng;
  readonly sampler: SamplerInput;
  readonly steps: number;
  /** By how much the standard deviation of all noise is multiplied. */
  readonly amount: number;
  readonly stop: RestoreOptions["stop"];
  readonly signal: AbortSignal | undefined;
  readonly progress: Progress;
  /** What the names of stages begin with. */
  readonly label: string;
  /** Null where nobody looks. */
  readonly onStep: ((step: SamplingStep) => void) | null;
}

/** What diffuses, at the end of sampling: the image, or the residual divided by its scale. */
async function drawSample(
  { network, diffusion, sampling }: { network: WindowedNetwork; diffusion: DiffusionConfig; sampling: SamplingConfig },
  photo: Planes,
  prediction: Float32Array | null,
  { base, scale }: Diffused,
  { rng, sampler, steps, amount, stop, signal, progress, label, onStep }: Draw,
): Promise<{ readonly data: Float32Array; readonly evaluations: number }> {
  const { width, height, data: y } = photo;
  const forward = createProcess(diffusion.schedule);
  const adaptive = choosesItsSteps(sampler);
  const levels = adaptive ? samplingEnds(forward, sampling.spacing) : samplingLevels(forward, steps, sampling.spacing);
  const known: Layered[] = [photo, ...(prediction ? [{ channels: 3, data: prediction }] : [])];
  let [step, calls] = [1, 0];
  const raw = denoiserFrom(
    diffusion.prediction,
    async (xt, level, out) => {
      calls++;
      return network.run({
        width,
        height,
        images: [...known, { channels: 3, data: networkInput(xt, level) }],
        level: levelInput(level),
        onWindow: progress.stage(`${label}step ${step}${adaptive ? "" : ` of ${steps}`}`),
        ...{ out, signal },
      });
    },
    { clip: diffusion.clip && !base },
  );
  const denoise = base && diffusion.clip ? clippedAround(base, scale, raw) : raw;
  const x = drawStart(sampling.start, { rng, level: levels[0]!, length: y.length, y, amount });
  const walk = sample(sampler, denoise, x, levels, gaussianSteps(rng, amount), sdeOf(forward));
  const settling = stop === "settled" ? new Settling() : null;
  for (;;) {
    const { done, value } = await walk.next();
    if (done) return { data: value, evaluations: calls };
    throwIfCancelled(signal, "restore");
    onStep?.(value);
    // As the last step of all samplers does, the result is the estimate itself.
    if (settling?.observe(value.denoised, scale, value.level)) {
      progress.expect(calls);
      return { data: value.denoised.slice(), evaluations: calls };
    }
    step = Math.min(value.index + 2, value.total); // what the denoiser is asked next is the next step's, or still the last one's
    if (adaptive) progress.expect(Math.ceil((calls * value.total) / (value.index + 1)));
  }
}

/** What the drawn residual is added to; null where the image itself diffuses. */
const baseOf = ({ ofPhoto }: DiffusionConfig, photo: Planes, prediction: Float32Array | null): Float32Array | null =>
  prediction ?? (ofPhoto ? photo.data : null);

/** What the residual is divided by: a number, or the standard deviation that is predicted for each pixel. */
async function scaleOf(
  { scale }: DiffusionConfig,
  uncertainty: WindowedNetwork | null,
  photo: Planes,
  prediction: Float32Array | null,
  signal: AbortSignal | undefined,
  onWindow: OnWindow,
): Promise<Scale> {
  if (scale !== "uncertainty") return scale;
  const { width, height } = photo;
  const images = [photo, { channels: 3, data: prediction! }];
  return uncertainty!.run({ width, height, images, onWindow, ...(signal ? { signal } : {}) });
}

function predictorOnly(photo: Planes, prediction: Float32Array): Restoration {
  for (let i = 0; i < prediction.length; i++) prediction[i] = Math.max(-1, Math.min(1, prediction[i]!));
  return onePrediction({ ...photo, data: prediction });
}

/**
 * @file The stages of a restoration before its diffusion: each takes the pictures made so far and adds its own. They
 * run one after the other, in the order of the plan.
 */
import { allOrNone } from "../base/in-lanes.js";
import type { BlurEstimator } from "../deconvolution/blur-estimator.js";
import type { ConfidenceGrid } from "../deconvolution/confidence-grid.js";
import type { DeconvolverName } from "../deconvolution/deconvolver-name.js";
import { DECONVOLVERS, type Deconvolver } from "../deconvolution/deconvolvers.js";
import { deconvolveBlind } from "../deconvolution/hypotheses/deconvolve-blind.js";
import { residualInput } from "../deconvolution/residual.js";
import { compactPlanes } from "../images/compact.js";
import { crop, padToSize } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import type { Scale } from "./diffused.js";
import { doubtHighlights } from "./doubt-highlights.js";
import { keepMotion } from "./keep-motion.js";
import { deconvolves, type ModelConfig } from "./model-config.js";
import type { StageName } from "./plan.js";
import { ESTIMATING, type Report } from "./progress.js";
import type { Restorer } from "./restorer.js";
import { sharpnessOf } from "./sharpness.js";
import type { Layered, WindowedNetwork } from "./windowed-network.js";
import { roundUp } from "./windows.js";
import { yieldToDeconvolution } from "./yield-to-deconvolution.js";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The pictures made so far. H and W are the result's, H' and W' the same, rounded up to the multiple of the motion
 * network.
 */
export interface Pictures {
  /** The photo as it was given, [3, H / scale, W / scale], "signed". */
  readonly given: Planes;
  /** The photo at the result's size: [3, H, W]. */
  readonly photo: Planes;
  /** The photo, padded by reflection: [3, H', W']. */
  readonly padded: Planes;
  /** Whether `padded` is sharp; measured when first asked. */
  readonly isSharp?: () => boolean;
  /** Blind deconvolution: [3, H', W']. */
  readonly deconvolved?: Layered;
  /** Confidence in the deconvolution's kernels. */
  readonly confidence?: ConfidenceGrid | null;
  /** Places where the deconvolution is wrong whatever the confidence; null for none. */
  readonly doubt?: ConfidenceGrid | null;
  /** Residual of the deconvolution as network input: [3, H', W']. */
  readonly residual?: Layered | undefined;
  /** The motion network's result, if it was computed beside the deconvolution: [3, H', W']. */
  readonly undone?: Float32Array | undefined;
  /** The motion network's result, or the deconvolution where it yields to that: [3, H', W']. */
  readonly motion?: Layered;
  /** Share of the deconvolution in `motion`; null if it did not yield. */
  readonly yielded?: ConfidenceGrid | null;
  /** A free buffer of 3 H' W' values, into which the next result is written. */
  readonly freeBuffer?: Float32Array | undefined;
  /** The sharp image: [3, H, W]. */
  readonly prediction?: Float32Array;
  /** Standard deviation of the prediction's error: [1 or 3, H, W]. */
  readonly uncertainty?: Scale;
}

export interface StageContext {
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
}

export interface Stage {
  /** Description, for people. */
  readonly label: string;
  /** Its work on a result of this size, in multiply-adds. Only for progress. */
  cost(photo: Size): number;
  run(pictures: Pictures, context: StageContext): Promise<Pictures>;
  /** Frees the working memory of a photo in several windows, before another network needs its own. */
  clear?(photo: Size): Promise<void>;
}

/** Estimating the blur takes about as long as this many multiply-adds of a network for each pixel. */
const ESTIMATE_COST = 150_000;
/**
 * Pixels up to which a motion network runs beside the deconvolution. In larger photos the estimates of several places
 * fill the processors, and both together would take a gigabyte more.
 */
const MOST_BESIDE_PX = 4_000_000;
/** Multiply-adds per pixel of a stage whose work is not known: those of a published network. */
const UNKNOWN_COST = 1_000_000;
const unknownCost = ({ width, height }: Size): number => UNKNOWN_COST * width * height;

/** Current activity, for people. */
const [DECONVOLVING, PREDICTING] = ["deconvolving", "predicting"];

/** The photo, padded to a multiple in both directions. It shares the photo's array where nothing is added. */
function padded(photo: Planes, multiple: number): Planes {
  const [width, height] = [roundUp(photo.width, multiple), roundUp(photo.height, multiple)];
  if (width === photo.width && height === photo.height) return photo; // a copy of a large photo is hundreds of megabytes
  return padToSize(photo, width, height, "reflect");
}

/** Input of the first stage. `multiple`: that of the motion network. */
export function firstPictures(
  given: Planes,
  photo: Planes,
  multiple: number,
): Pictures & Required<Pick<Pictures, "isSharp">> {
  const whole = padded(photo, multiple);
  let sharp: boolean | undefined;
  const isSharp = () => {
    sharp ??= sharpnessOf(whole).sharp;
    return sharp;
  };
  return { given, photo, padded: whole, isSharp };
}

const windowsOf = (network: WindowedNetwork, { width, height }: Size): number =>
  network.plan(width, height).windows.length;

const workOf = (network: WindowedNetwork, size: Size): number => {
  const { windows, each } = network.work(size);
  return windows * each;
};

/** Reports windows of a network as its multiply-adds. */
function inWork(network: WindowedNetwork, size: Size, report: Report): (windows: number) => ReturnType<Report> {
  const { each } = network.work(size);
  return (windows) => report(each * windows);
}

const clearLarge = (network: WindowedNetwork, sizeOf: (photo: Size) => Size) => async (photo: Size) => {
  if (windowsOf(network, sizeOf(photo)) > 1) await network.release();
};

/** Blind deconvolution as the whole restoration: [3, H, W] -> [3, H, W]. */
const deconvolution = (
  { response }: NonNullable<ModelConfig["deconvolution"]>,
  estimator: BlurEstimator | undefined,
): Stage => ({
  label: DECONVOLVING,
  cost: unknownCost,
  async run(pictures, { report, signal }) {
    const { photo } = pictures;
    const { candidates } = await deconvolveBlind(photo, {
      onProgress: (share) => void report(unknownCost(photo) * share),
      ...{ response: response ?? undefined, estimator, signal },
    });
    const { data } = candidates[0]!.deconvolved;
    return { ...pictures, prediction: data === photo.data ? data.slice() : data }; // a photo that is too small comes back as it is
  },
});

/** Another restorer's prediction, which enlarges the photo itself or is given the enlarged one: -> [3, H, W]. */
const otherPrediction = (restorer: Restorer): Stage => ({
  label: PREDICTING,
  cost: unknownCost,
  async run(pictures, { report, signal }) {
    const work = unknownCost(pictures.photo);
    const { restored } = await restorer.restore(restorer.scale > 1 ? pictures.given : pictures.photo, {
      steps: 0,
      signal,
      onProgress: ({ done, total }) => void report((work * done) / total),
    });
    return { ...pictures, prediction: restored.data };
  },
});

export interface Parts {
  readonly motion: WindowedNetwork | null;
  readonly predictor: WindowedNetwork | null;
  readonly uncertainty: WindowedNetwork | null;
}

export type DeconvolverOf = (name: DeconvolverName) => Deconvolver;

/** Resources for running a model's own networks. */
interface NetworkOptions {
  readonly estimator?: BlurEstimator | undefined;
  readonly deconvolverOf?: DeconvolverOf | undefined;
}

/** Stages of a model's own networks, by name. */
function networkStages(config: ModelConfig, parts: Parts, { estimator, deconvolverOf }: NetworkOptions) {
  const { motion, predictor, uncertainty } = parts;
  const residual = config.predictor?.inputs.includes("residual") ?? false;
  const doubts = config.predictor?.keepsMotion && config.predictor.deconvolver === "hypotheses";
  const multiple = motion?.multiple ?? 1;
  const wholeSize = ({ width, height }: Size): Size => ({
    width: roundUp(width, multiple),
    height: roundUp(height, multiple),
  });
  // Large photos: inputs that are read only once more are stored as 16 bit, and the next result is written into their
  // own array. Waiting for the garbage collector would cost a quarter of a gigabyte each.
  const large = (photo: Size) => motion !== null && windowsOf(motion, wholeSize(photo)) > 1;
  const estimateCost = ({ width, height }: Size) => ESTIMATE_COST * width * height;
  const motionCost = (photo: Size) => (motion ? workOf(motion, wholeSize(photo)) : 0);
  // Neither fills the processors alone.
  const beside = motion?.besideCaller && !config.motion!.inputs.includes("deconvolution");
  const together = ({ width, height }: Size) => beside && width * height <= MOST_BESIDE_PX;
  const stages: { -readonly [K in StageName]?: Stage } = {};

  if (predictor && deconvolves(config))
    stages.deconvolve = {
      label: ESTIMATING,
      cost: (photo) => estimateCost(photo) + (together(photo) ? motionCost(photo) : 0),
      // [3, H, W] -> deconvolved [3, H', W'], residual [3, H', W'], undone [3, H', W']
      async run(pictures, context) {
        const { photo, padded: image } = pictures;
        const work = estimateCost(photo);
        const size = wholeSize(photo);
        const done = { estimate: 0, tiles: 0 };
        const report = (more: Partial<typeof done>) => {
          Object.assign(done, more);
          return context.report(done.estimate + done.tiles);
        };
        const kept = (planes: Planes): Layered => (large(photo) ? compactPlanes(planes) : planes);
        const name = config.predictor!.deconvolver;
        const deconvolve = deconvolverOf?.(name) ?? DECONVOLVERS[name].deconvolve;
        const onProgress = (share: number) => void report({ estimate: share * work });
        const tile = together(photo) ? motion!.work(size).each : 0;
        const onWindow = (tiles: number) => report({ tiles: tile * tiles });
        // Blur estimation runs on other threads; the sessions open in the meantime.
        const [{ whole, confidence, doubt, residual: unexplained }, undone] = await allOrNone(context.signal, [
          async (signal) => {
            const blind = await deconvolve(photo, { residual: residual || doubts, onProgress, estimator, signal });
            const { deconvolved, confidence, residual: left } = blind;
            return {
              confidence,
              doubt: doubts ? doubtHighlights(photo, left!) : null,
              whole: padded(deconvolved, multiple),
              residual: residual ? kept(padded(residualInput(left!), multiple)) : undefined,
            };
          },
          async (signal) => {
            if (together(photo)) return motion!.run({ ...size, images: [image], signal, onWindow });
            if (!beside) await motion?.prepare(size);
            return undefined;
          },
          async () => motion && predictor.prepare(size),
        ]);
        return {
          ...pictures,
          undone,
          deconvolved: kept(whole),
          confidence,
          doubt,
          residual: unexplained,
          freeBuffer: large(photo) && whole.data !== photo.data ? whole.data : undefined,
        };
      },
    };

  if (motion)
    stages.motion = {
      label: "undoing motion",
      cost: (photo) => (together(photo) ? 0 : motionCost(photo)),
      // photo (and deconvolved), [3 or 6, H', W'] -> [3, H', W']
      async run({ undone, ...pictures }, { report, signal }) {
        const { photo, padded: whole, isSharp, deconvolved, confidence, doubt, freeBuffer } = pictures;
        const { width, height } = whole;
        const images = config.motion!.inputs.includes("deconvolution") ? [whole, deconvolved!] : [whole];
        const onWindow = inWork(motion, whole, report);
        const data = undone ?? (await motion.run({ width, height, images, out: freeBuffer, signal, onWindow }));
        const better = { ...whole, data };
        const yielded = config.motion!.yields
          ? yieldToDeconvolution(better, {
              ...{ photo: whole, isSharp, deconvolved: deconvolved!, confidence: confidence!, doubt },
            })
          : null;
        return large(photo)
          ? { ...pictures, yielded, motion: compactPlanes(better), freeBuffer: data }
          : { ...pictures, yielded, motion: better, freeBuffer: undefined };
      },
      clear: clearLarge(motion, wholeSize),
    };

  if (predictor) {
    // A predictor that enlarges is given the photo as it came.
    const seenSize = (photo: Size): Size => {
      const { width, height } = wholeSize(photo);
      return { width: width / predictor.scale, height: height / predictor.scale };
    };
    stages.predict = {
      label: PREDICTING,
      cost: (photo) => workOf(predictor, seenSize(photo)),
      // its inputs, [3 to 12, H', W'], or the photo as given -> [3, H, W]
      async run(pictures, { report, signal }) {
        const {
          given,
          photo,
          padded: whole,
          isSharp,
          deconvolved: deconvolution,
          residual: left,
          motion,
          yielded = null,
          doubt = null,
          freeBuffer,
        } = pictures;
        const seen = predictor.scale > 1 ? given : whole;
        const { width, height } = seen;
        const inputs = { photo: seen, motion, deconvolution, residual: left };
        const images = config.predictor!.inputs.map((name) => inputs[name]!);
        const onWindow = inWork(predictor, { width, height }, report);
        const data = await predictor.run({ width, height, images, out: freeBuffer, signal, onWindow });
        if (config.predictor!.keepsMotion)
          keepMotion(data, {
            ...{ photo: whole, isSharp: isSharp!, motion: motion!, deconvolved: deconvolution!, yielded, doubt },
          });
        const place = { left: 0, top: 0, width: photo.width, height: photo.height };
        const cut = whole !== photo && predictor.scale === 1;
        return { given, photo, padded: photo, prediction: cut ? crop({ ...whole, data }, place).data : data };
      },
      clear: clearLarge(predictor, seenSize),
    };
  }

  if (uncertainty)
    stages.uncertainty = {
      label: "estimating the uncertainty",
      cost: (photo) => workOf(uncertainty, photo),
      // photo and prediction, [6, H, W] -> [1 or 3, H, W]
      async run(pictures, { report, signal }) {
        const { photo, prediction } = pictures;
        const { width, height } = photo;
        const images = [photo, { channels: 3, data: prediction! }];
        const onWindow = inWork(uncertainty, { width, height }, report);
        return { ...pictures, uncertainty: await uncertainty.run({ width, height, images, signal, onWindow }) };
      },
      clear: clearLarge(uncertainty, (photo) => photo),
    };
  return stages;
}

/** All stages that a model can run, by name; a plan chooses among them. `other` predicts in place of the model. */
export function stagesOf(
  config: ModelConfig,
  parts: Parts,
  { other, ...options }: NetworkOptions & { readonly other?: Restorer | undefined },
): { readonly [K in StageName]?: Stage } {
  return {
    ...networkStages(config, parts, options),
    ...(config.deconvolution ? { deconvolution: deconvolution(config.deconvolution, options.estimator) } : {}),
    ...(other ? { other: otherPrediction(other) } : {}),
  };
}

/**
 * @file Blind deconvolution: several hypotheses about response and kernel are deconvolved and scored, and the most
 * likely one of each place is used in a whole photo. Suited to camera shake, not to objects that move on their own;
 * defocus is found only sometimes.
 */
import { argumentError, shapeError, throwIfCancelled } from "../../base/errors.js";
import { inLanes } from "../../base/in-lanes.js";
import { type Kernel, kernelReach } from "../../blur/kernel.js";
import type { LightCurve } from "../../blur/light.js";
import { lightFromUnit, unitFromLight } from "../../blur/light.js";
import type { Planes } from "../../images/image.js";
import { greyPlanes, signedFromUnit, unitFromSigned } from "../../images/pixels.js";
import { type BlurEstimator, inlineEstimator } from "../blur-estimator.js";
import { clippedPixels, inAnyChannel, keptPixels } from "../clipped-light.js";
import type { ConfidenceGrid } from "../confidence-grid.js";
import type { KernelGrid } from "../deconvolve-grid.js";
import type { Shift } from "../gradient-filters.js";
import { photoLight } from "../photo-light.js";
import { residualOf } from "../residual.js";
import { confidenceOf } from "./agreement.js";
import { deconvolvePlaces } from "./deconvolve-places.js";
import type { HypothesisName, PlaceInput } from "./finders.js";
import { ESTIMATES } from "./hypothesis.js";
import { consistentShifts } from "./kernel-shift.js";
import { type Level, pyramid, windowsOf } from "./pyramid.js";
import { type Found, ranked } from "./ranked.js";
import { chosenResponse, RESPONSES, type Response } from "./response.js";

export interface DeconvolveBlindOptions {
  /** Number of whole photos to return, the most likely first. Default 1. */
  readonly candidates?: number | undefined;
  /** Also compute the residual of each candidate. Default false. */
  readonly residual?: boolean | undefined;
  /** Camera response, if known: linear ("encoded") or a gamma curve. */
  readonly response?: Response | undefined;
  /** Approximate distance in pixels of the places at which the blur is estimated. */
  readonly cellPx?: number | undefined;
  /** Runs the estimation; by default on this thread. */
  readonly estimator?: BlurEstimator | undefined;
  /** Called with the share of work done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One place's part of a candidate. */
export interface BlindPlace extends PlaceCentre {
  readonly hypothesis: HypothesisName;
  readonly kernel: Kernel;
  /** Displacement of the kernel before deconvolution. */
  readonly shift: Shift;
  /** Lower is more likely. Comparable within one photo. */
  readonly score: number;
}

export interface BlindCandidate {
  /** [3, H, W], "signed". */
  readonly deconvolved: Planes;
  /**
   * Residual: photo minus the candidate blurred again with its kernels, [3, H, W] in "signed" units, -2 to 2; null
   * unless requested. It is near 0 where the kernels explain the photo, and 0 at clipped pixels and where the photo is
   * unchanged.
   */
  readonly residual: Planes | null;
  /** Mean over the places; lower is more likely. */
  readonly score: number;
  /** Places, row by row. */
  readonly places: readonly BlindPlace[];
  /** Confidence in its kernels (see `agreement.ts`); 0 for all but the most likely. */
  readonly confidence: ConfidenceGrid;
}

export interface BlindDeconvolution {
  readonly response: Response;
  /** Score of the unchanged photo. */
  readonly photoScore: number;
  /** The most likely first; at least one. */
  readonly candidates: readonly BlindCandidate[];
}

/** The blur of a photo: a kernel for each of its places. It is small enough to be cached. */
export interface PhotoBlur extends Pick<KernelGrid, "kernels" | "columns" | "rows"> {
  readonly response: Response;
  /** Displacement of each kernel. */
  readonly shifts: readonly Shift[];
  /** Confidence in each kernel, 0 to 1. */
  readonly confidence: readonly number[];
  /** Size of the photo in pixels. */
  readonly width: number;
  readonly height: number;
}

export interface BlurEstimate {
  readonly response: Response;
  readonly photoScore: number;
  /** Blurs of the photo by rank, the most likely first, and the hypotheses of each place; empty for a tiny photo. */
  readonly ranks: readonly { readonly blur: PhotoBlur; readonly places: readonly BlindPlace[] }[];
}

/** Smallest side at which motion can be estimated. */
const MIN_PX = 64;
/** Share of the work before the photo is deconvolved, for progress only. */
export const ESTIMATE_SHARE = 0.85;
/** Hypothesis whose scores determine the response. */
const ASKED: HypothesisName = "strongest";
const OTHERS = ["wide", "upright", "all edges", "simplex", "disc", "none"] as const satisfies readonly HypothesisName[];
const MAX_REACH_PX = Math.max(...Object.values(ESTIMATES).map(({ reachPx }) => reachPx));

const checkPlanes = ({ width, height, channels }: Planes): void => {
  if (channels !== 3) throw shapeError("deconvolveBlind", "[3, H, W]", [channels, height, width]);
};

/** Estimates the blur of [3, H, W], "signed". Throws `cancelled`. */
export async function estimateBlur(
  photo: Planes,
  options: Omit<DeconvolveBlindOptions, "residual"> = {},
): Promise<BlurEstimate> {
  const { candidates: count = 1, cellPx = 1280, estimator = inlineEstimator, onProgress, signal } = options;
  checkPlanes(photo);
  const { width, height } = photo;
  if (!Number.isInteger(count) || count < 1)
    throw argumentError("deconvolveBlind", "candidates must be a positive integer", count);
  if (Math.min(width, height) < MIN_PX) return { response: options.response ?? RESPONSES[0], photoScore: 0, ranks: [] };
  const [columns, rows] = [Math.ceil(width / cellPx), Math.ceil(height / cellPx)];
  const middles = Array.from({ length: rows * columns }, (_, i) => ({
    x: (((i % columns) + 0.5) * width) / columns,
    y: ((Math.floor(i / columns) + 0.5) * height) / rows,
  }));
  const asked = options.response ? [options.response] : RESPONSES;
  const all = middles.length * (asked.length + OTHERS.length);
  let done = 0;
  const find = async (input: PlaceInput, hypothesis: HypothesisName): Promise<Found> => {
    throwIfCancelled(signal);
    const scored = await estimator.run("hypothesis", { name: hypothesis, place: input });
    onProgress?.(++done / all);
    return { hypothesis, scored };
  };
  const inputAt = (response: Response) => {
    const inputs = placeInputs(lightOf(photo, response), response, MAX_REACH_PX);
    return (middle: PlaceCentre, hypothesis: HypothesisName): PlaceInput => {
      const settings = hypothesis in ESTIMATES ? ESTIMATES[hypothesis as keyof typeof ESTIMATES] : ESTIMATES.strongest;
      return inputs.at(middle, settings.reachPx, settings.eachLevel);
    };
  };

  const views: Partial<Record<Response, ReturnType<typeof inputAt>>> = Object.fromEntries(
    asked.map((response) => [response, inputAt(response)]),
  );
  const first = await inLanes(
    asked.flatMap((response) => middles.map((middle) => ({ response, middle }))),
    estimator.lanes,
    ({ response, middle }) => find(views[response]!(middle, ASKED), ASKED),
  );
  const ofResponse = (response: Response) => {
    const at = asked.indexOf(response) * middles.length;
    return first.slice(at, at + middles.length);
  };
  const response =
    options.response ??
    chosenResponse({
      "gamma2.2": ofResponse("gamma2.2").map(({ scored }) => scored[0]!.criteria),
      encoded: ofResponse("encoded").map(({ scored }) => scored[0]!.criteria),
    });
  const view = views[response]!;
  for (const other of asked) if (other !== response) delete views[other]; // as large as the photo, and not needed again
  const rest = await inLanes(
    middles.flatMap((middle) => OTHERS.map((hypothesis) => ({ middle, hypothesis }))),
    estimator.lanes,
    ({ middle, hypothesis }) => find(view(middle, hypothesis), hypothesis),
  );
  const places = middles.map((_, i) =>
    ranked([ofResponse(response)[i]!, ...rest.slice(i * OTHERS.length, (i + 1) * OTHERS.length)]),
  );
  const ranks = Array.from({ length: Math.min(count, OTHERS.length + 1) }, (_, rank) => {
    const found = places.map((place) => place[rank]!);
    const kernels = found.map(({ kernel }) => kernel);
    const shifts = consistentShifts(kernels);
    const confidence = rank === 0 ? places.map(confidenceOf) : places.map(() => 0);
    return {
      blur: { response, kernels, shifts, confidence, columns, rows, width, height },
      places: found.map((one, i) => ({ ...middles[i]!, ...one, shift: shifts[i]! })),
    };
  });
  const alone = places.map((place) => place.find(({ hypothesis }) => hypothesis === "none")!.score);
  return { response, photoScore: alone.reduce((sum, score) => sum + score / alone.length, 0), ranks };
}

/**
 * Deconvolves the photo with a known blur, or the part of the photo at `left`, `top`: [3, H, W], "signed". Throws
 * `cancelled`.
 */
export async function deconvolvePhoto(
  part: Planes,
  { response, kernels, columns, rows, shifts, confidence, width, height }: PhotoBlur,
  {
    left = 0,
    top = 0,
    residual = false,
    estimator = inlineEstimator,
    onProgress,
    signal,
  }: Pick<DeconvolveBlindOptions, "residual" | "estimator" | "onProgress" | "signal"> & {
    readonly left?: number;
    readonly top?: number;
  } = {},
): Promise<Pick<BlindCandidate, "deconvolved" | "residual" | "confidence">> {
  checkPlanes(part);
  const light = photoLight(part, response);
  const within = { left: -left, top: -top, width, height };
  const grid = { kernels, columns, rows, reachPx: Math.max(...kernels.map(kernelReach), 1), within };
  const options = { shifts, reblurs: residual, estimator, signal };
  const { sharper, reblurred } = await deconvolvePlaces(light, grid, onProgress ? { ...options, onProgress } : options);
  return {
    deconvolved: photoOf(sharper, response),
    residual: reblurred && residualOf(part, photoOf(reblurred, response), light),
    confidence: { columns, rows, values: confidence, within },
  };
}

/** Deconvolves [3, H, W], "signed". Throws `cancelled`. */
export async function deconvolveBlind(
  photo: Planes,
  options: DeconvolveBlindOptions = {},
): Promise<BlindDeconvolution> {
  const { residual = false, estimator, onProgress, signal } = options;
  const { response, photoScore, ranks } = await estimateBlur(photo, {
    ...options,
    onProgress: (share) => onProgress?.(ESTIMATE_SHARE * share),
  });
  const candidates: BlindCandidate[] = [];
  for (const { blur, places } of ranks) {
    const rank = candidates.length;
    const deconvolved = await deconvolvePhoto(photo, blur, {
      ...{ residual, estimator, signal },
      onProgress: (share) => onProgress?.(ESTIMATE_SHARE + ((1 - ESTIMATE_SHARE) * (rank + share)) / ranks.length),
    });
    candidates.push({
      ...deconvolved,
      places,
      score: places.reduce((sum, { score }) => sum + score / places.length, 0),
    });
  }
  if (ranks.length === 0)
    candidates.push({
      ...{ deconvolved: photo, residual: residual ? blank(photo) : null, score: 0, places: [] },
      confidence: {
        columns: 1,
        rows: 1,
        values: [0],
        within: { left: 0, top: 0, width: photo.width, height: photo.height },
      },
    });
  else onProgress?.(1);
  return { response, photoScore, candidates };
}

// Each creates one array only: those of a large photo take hundreds of megabytes.
function lightOf(photo: Planes, response: Response): Planes {
  const unit = unitFromSigned(photo);
  return lightFromUnit(unit, response, unit.data);
}
/** Converts in place. */
function photoOf(light: Planes, response: Response): Planes {
  const unit = unitFromLight(light, response, light.data);
  return signedFromUnit(unit, unit.data);
}
const blank = (planes: Planes): Planes => ({ ...planes, data: new Float32Array(planes.data.length) });

interface PlaceCentre {
  /** Position in pixels of the photo. */
  readonly x: number;
  readonly y: number;
}

/** Inputs of the hypotheses: crops around places of the photo, each at several sizes. */
interface PlaceInputs {
  /** Input at a place for kernels of this reach; `eachLevel` as in `EstimateSettings`. */
  at(middle: PlaceCentre, reachPx: number, eachLevel: 1 | 2): PlaceInput;
}

/** Input from a photo's light [C, H, W]; kernels reach at most `mostPx` to each side. */
function placeInputs(light: Planes, curve: LightCurve, mostPx: number): PlaceInputs {
  const levels = pyramid(greyPlanes(light), mostPx);
  const clipped = clippedPixels(light);
  const clippedLevels: readonly Level[] | null = clipped && pyramid(inAnyChannel(clipped), mostPx);
  return {
    at(middle, reachPx, eachLevel) {
      const masks = clippedLevels && windowsOf(clippedLevels, middle, reachPx, eachLevel);
      const windows = windowsOf(levels, middle, reachPx, eachLevel).map((shown, level) => ({
        ...shown,
        keep: masks && keptPixels(masks[level]!.observed, shown.reachPx),
      }));
      // Every hypothesis is scored on the same window, whatever windows it was estimated from.
      const [scoring] = windowsOf(levels.slice(0, 1), middle, mostPx);
      const [mask] = clippedLevels ? windowsOf(clippedLevels.slice(0, 1), middle, mostPx) : [];
      return { windows, observed: scoring!.observed, keep: mask ? keptPixels(mask.observed, mostPx) : null, curve };
    },
  };
}

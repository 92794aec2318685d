/** @file Catalog of hypotheses about a photo's blur, each with the way its kernel is found. */
import { identityKernel, type Kernel } from "../../blur/kernel.js";
import type { LightCurve } from "../../blur/light.js";
import { defocusKernel } from "../../blur/simple-kernels.js";
import type { Planes } from "../../images/image.js";
import type { Fourier } from "../fourier.js";
import { type EstimateWindow, estimateWith } from "./estimate.js";
import { ESTIMATES, type EstimateName, type EstimateSettings } from "./hypothesis.js";
import { type Judgement, judgeOf } from "./judge.js";

/** The estimates, and two hypotheses that are not estimated: defocus and no blur. */
export type HypothesisName = EstimateName | "disc" | "none";

/**
 * One place of a photo under one camera response, on which a hypothesis is tried. Plain data, so that threads can take
 * it.
 */
export interface Sight {
  /** Windows for estimates, the finest first. */
  readonly windows: readonly EstimateWindow[];
  /** Grey light [1, H, W] on which results are judged, and the pixels of it that count (null: all). */
  readonly seen: Planes;
  readonly keep: Planes | null;
  readonly curve: LightCurve;
}

/** A kernel and its scores. */
export interface Judged {
  readonly kernel: Kernel;
  readonly judgement: Judgement;
}

/** Returns the kernels to choose from: an estimated one, or all of a family. */
type Find = (sight: Sight, fourier: Fourier) => readonly Kernel[];

/** Radii from 1.5 to 20 px, 20 % apart: a disc within 10 % of the true radius undoes most of the blur. */
const RADII = Array.from({ length: 15 }, (_, i) => 1.5 * 1.2 ** i);
/** Radius of the largest disc, as a share of a window's side. */
const MOST_RADIUS = 1 / 12;

const discs: Find = ({ seen }) =>
  RADII.filter((radius) => radius <= MOST_RADIUS * Math.min(seen.width, seen.height)).map(defocusKernel);

const estimate =
  (settings: EstimateSettings): Find =>
  ({ windows }, fourier) => [estimateWith(settings, windows, fourier)];

const FINDERS: Readonly<Record<HypothesisName, Find>> = {
  ...(Object.fromEntries(Object.entries(ESTIMATES).map(([name, settings]) => [name, estimate(settings)])) as Record<
    EstimateName,
    Find
  >),
  disc: discs,
  none: () => [identityKernel],
};

/** Judges every kernel that a hypothesis offers. */
export function tryHypothesis(name: HypothesisName, sight: Sight, fourier: Fourier): readonly Judged[] {
  const kernels = FINDERS[name](sight, fourier);
  const judge = judgeOf(sight, fourier);
  return kernels.map((kernel) => ({ kernel, judgement: judge(kernel) }));
}

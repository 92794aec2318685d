/** @file Every hypothesis about a photo's blur once, and how its kernel is found. */
import { identityKernel, type Kernel } from "../../blur/kernel.js";
import type { LightCurve } from "../../blur/light.js";
import { defocusKernel } from "../../blur/simple-kernels.js";
import type { Planes } from "../../images/image.js";
import type { Fourier } from "../fourier.js";
import { type EstimateWindow, estimateWith } from "./estimate.js";
import { ESTIMATES, type EstimateName, type EstimateSettings } from "./hypothesis.js";
import { type Judgement, judgeOf } from "./judge.js";

/** A lens out of focus, and no blur at all, beside the kernels that are estimated. */
export type HypothesisName = EstimateName | "disc" | "none";

/** What a hypothesis is tried on: one place of a photo, under one camera's response. Plain data, for other threads. */
export interface Sight {
  /** For estimates: what is looked at on each level, the finest first. */
  readonly windows: readonly EstimateWindow[];
  /** Grey light [1, H, W] that results are judged on, and its pixels that count (null: all). */
  readonly seen: Planes;
  readonly keep: Planes | null;
  readonly curve: LightCurve;
}

/** A kernel, and how likely it is. */
export interface Judged {
  readonly kernel: Kernel;
  readonly judgement: Judgement;
}

/** Kernels to choose from: one that is estimated, or all of a family. */
type Find = (sight: Sight, fourier: Fourier) => readonly Kernel[];

/** Radii from 1.5 to 20 px: a disc within a tenth of the true one undoes most of it. */
const RADII = Array.from({ length: 15 }, (_, i) => 1.5 * 1.2 ** i);
/** Of a window's side, the largest disc that is looked for. */
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

/** Every kernel that a hypothesis offers, judged. */
export function tryHypothesis(name: HypothesisName, sight: Sight, fourier: Fourier): readonly Judged[] {
  const kernels = FINDERS[name](sight, fourier);
  const judge = judgeOf(sight, fourier);
  return kernels.map((kernel) => ({ kernel, judgement: judge(kernel) }));
}

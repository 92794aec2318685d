/** @file Catalog of the hypotheses about a photo's blur; each offers kernels for a place. */
import { identityKernel, type Kernel } from "../../blur/kernel.js";
import type { LightCurve } from "../../blur/light.js";
import { defocusKernel } from "../../blur/simple-kernels.js";
import type { Planes } from "../../images/image.js";
import type { Fourier } from "../fourier.js";
import { type EstimateWindow, estimateWith } from "./estimate.js";
import { ESTIMATES, type EstimateName, type EstimateSettings } from "./hypothesis.js";
import { type KernelCriteria, kernelCriteria } from "./kernel-criteria.js";

/** The estimates, and two hypotheses that are not estimated: defocus and no blur. */
export type HypothesisName = EstimateName | "disc" | "none";

/**
 * Input of a hypothesis: one place of a photo under one camera response. Plain data, so that it can be sent to threads.
 */
export interface PlaceInput {
  /** Windows for estimates, the finest first. */
  readonly windows: readonly EstimateWindow[];
  /** Grey light [1, H, W] on which results are scored, and a mask of the pixels that count (null: all). */
  readonly observed: Planes;
  readonly keep: Planes | null;
  readonly curve: LightCurve;
}

/** A kernel and its scores. */
export interface ScoredKernel {
  readonly kernel: Kernel;
  readonly criteria: KernelCriteria;
}

/** Returns the candidate kernels: one estimate, or all kernels of a family. */
type KernelFinder = (place: PlaceInput, fourier: Fourier) => readonly Kernel[];

/** Radii from 1.5 to 20 px, 20 % apart: a disc within 10 % of the true radius removes most of the blur. */
const RADII = Array.from({ length: 15 }, (_, i) => 1.5 * 1.2 ** i);
/** Radius of the largest disc, as a share of a window's side. */
const MAX_RADIUS = 1 / 12;

const discs: KernelFinder = ({ observed }) =>
  RADII.filter((radius) => radius <= MAX_RADIUS * Math.min(observed.width, observed.height)).map(defocusKernel);

const estimate =
  (settings: EstimateSettings): KernelFinder =>
  ({ windows }, fourier) => [estimateWith(settings, windows, fourier)];

const KERNEL_FINDERS: Readonly<Record<HypothesisName, KernelFinder>> = {
  ...(Object.fromEntries(Object.entries(ESTIMATES).map(([name, settings]) => [name, estimate(settings)])) as Record<
    EstimateName,
    KernelFinder
  >),
  disc: discs,
  none: () => [identityKernel],
};

/** Scores every kernel that a hypothesis offers. */
export function tryHypothesis(name: HypothesisName, place: PlaceInput, fourier: Fourier): readonly ScoredKernel[] {
  const kernels = KERNEL_FINDERS[name](place, fourier);
  const criteriaOf = kernelCriteria(place, fourier);
  return kernels.map((kernel) => ({ kernel, criteria: criteriaOf(kernel) }));
}

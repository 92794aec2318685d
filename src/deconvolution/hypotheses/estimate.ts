/**
 * @file Estimates the kernel of one hypothesis, alternating between sketch and kernel from coarse to fine (Cho and Lee
 * 2009; Pan et al. 2014).
 */
import { blankKernel, type Kernel } from "../../blur/kernel.js";
import type { Planes } from "../../images/image.js";
import type { BlurWindow } from "../blind-kernel.js";
import type { Fourier } from "../fourier.js";
import { periodicBlock } from "../periodic-block.js";
import { centredKernel, prunedKernel, resizedKernel } from "../shape-kernel.js";
import { SparseGradients } from "../sparse-gradients.js";
import { FITS } from "./fits.js";
import type { EstimateSettings } from "./hypothesis.js";
import { selectedEquations } from "./selected-equations.js";

/** Divisor of the edge threshold from iteration to iteration: the better the kernel, the more edges are right. */
const EDGES_FALL = 1.1;

/** A window, and the pixels of it that a kernel fit may use. */
export interface EstimateWindow extends BlurWindow {
  /** Weights as in `selectedEquations`. */
  readonly keep: Planes | null;
}

/**
 * Estimates a kernel from the windows of one place, the finest first. The kernel is centred and sums to 1. At a place
 * without edges it is the identity.
 */
export function estimateWith(settings: EstimateSettings, windows: readonly EstimateWindow[], fourier: Fourier): Kernel {
  const { turns, lambda: price, split, edges, fade, fit } = settings;
  let kernel: Kernel | null = null;
  let lambda = price.first;
  let least: number | null = null;
  for (const [level, { observed, reachPx, blockPx, keep }] of [...windows.entries()].reverse()) {
    using scope = fourier.heap.scope();
    const solver = new SparseGradients(fourier.real(blockPx), scope, periodicBlock(observed, 0, blockPx));
    const equationsOf = selectedEquations(observed, { reachPx, fade, keep }, fourier, scope);
    kernel = kernel ? resizedKernel(kernel, reachPx) : shortLine(reachPx, settings.start);
    for (let turn = turns[Math.min(level, turns.length - 1)]!; turn > 0; turn--) {
      const sketch = partOf(solver.sketch(kernel, lambda, split), blockPx, observed);
      if (edges === "strongest") least ??= edgeThreshold(sketch, 2 * reachPx + 1);
      const equations = equationsOf(sketch, least ?? 0);
      if (least !== null) least /= equations ? EDGES_FALL : 2;
      if (equations) kernel = shaped(FITS[fit.kind](equations, reachPx, fit)) ?? kernel;
      lambda = Math.max(lambda / price.fall, price.least);
    }
  }
  return kernel!;
}

/** Null if no light is left, as for a picture without edges. */
function shaped(kernel: Kernel): Kernel | null {
  if (!kernel.data.some((value) => value > 0) || kernel.data.some((value) => !Number.isFinite(value))) return null;
  return centredKernel(prunedKernel(kernel));
}

/** Initial kernel: the smallest one that blurs. */
function shortLine(reachPx: number, start: EstimateSettings["start"]): Kernel {
  const kernel = blankKernel(reachPx);
  const { width, data } = kernel;
  const centre = reachPx * width + reachPx;
  const next = start === "across" ? 1 : width;
  data[centre] = 0.5;
  data[centre - next] = 0.25;
  data[centre + next] = 0.25;
  return kernel;
}

function partOf(block: Float32Array, size: number, { width, height }: Planes): Planes {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) data.set(block.subarray(y * size, y * size + width), y * width);
  return { width, height, channels: 1, data };
}

const DIRECTIONS = 4;
/** Number of edges of each direction, relative to the kernel's side. */
const EDGES = 2;

/**
 * Selects the edges of a sketch that are strong enough for the kernel fit (Cho and Lee 2009).
 * Largest squared gradient that at least `EDGES` pixels of every direction exceed for each pixel of the kernel's side.
 * All directions are needed: edges along one direction say nothing about motion along it.
 */
export function edgeThreshold({ width, height, data }: Planes, kernelSidePx: number): number {
  const strengths = Array.from({ length: DIRECTIONS }, () => [] as number[]);
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0, at = y * width; x + 1 < width; x++, at++) {
      const [right, below] = [data[at + 1]! - data[at]!, data[at + width]! - data[at]!];
      const angle = Math.atan2(below, right) / Math.PI + (below < 0 || (below === 0 && right < 0) ? 1 : 0);
      strengths[Math.min(DIRECTIONS - 1, Math.floor((angle % 1) * DIRECTIONS))]!.push(right * right + below * below);
    }
  const most = strengths.map((values) => {
    const falling = Float64Array.from(values).sort().reverse();
    return falling[Math.min(EDGES * kernelSidePx, falling.length - 1)] ?? 0;
  });
  return Math.min(...most);
}

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
import { edgeThreshold } from "./edge-threshold.js";
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

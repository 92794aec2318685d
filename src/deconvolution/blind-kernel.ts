/**
 * @file Estimates the blur kernel of a photo blindly, alternating between sketch and kernel from coarse to fine (Cho
 * and Lee 2009; Pan et al. 2014).
 */
import { kernelFitter } from "../blur/fit-kernel.js";
import type { Kernel } from "../blur/kernel.js";
import { crop, type Rect } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { fastEquations } from "./fast-equations.js";
import { type Fourier, sideBelow, sideFor } from "./fourier.js";
import { periodicBlock } from "./periodic-block.js";
import { centredKernel, prunedKernel, resizedKernel } from "./shape-kernel.js";
import { SparseGradients } from "./sparse-gradients.js";

/**
 * Penalty of a brightness step in the first and in the last sketch, in squared light; it falls evenly from sketch to
 * sketch.
 */
const FIRST_LAMBDA = 0.024;
const LAST_LAMBDA = 7e-4;

/**
 * Settings of each level, the finest first: the largest side of its window in pixels, the number of iterations of
 * sketch and kernel, and how slowly a sketch is split (see `SparseGradients.sketch`).
 */
const LEVELS = [
  { windowPx: 448, turns: 3, rise: 2 },
  { windowPx: 448, turns: 4, rise: 1.5 },
  { windowPx: 224, turns: 6, rise: 1.5 },
  { windowPx: 112, turns: 8, rise: 1.5 },
  { windowPx: 56, turns: 8, rise: 1.5 },
] as const;

/** Smallest usable share of a window's side. */
const MIN_SHARE = 0.75;

/**
 * Repeatedly halved pictures, the picture itself first, down to a size at which a kernel of `reachPx` spans a pixel or
 * two.
 */
export function halvings(light: Planes, reachPx: number): readonly Planes[] {
  const levels = [light];
  while (levels.length < LEVELS.length && reachPx / 2 ** levels.length >= 1) {
    const last = levels.at(-1)!;
    if (Math.min(last.width, last.height) < 32) break;
    levels.push(halved(last));
  }
  return levels;
}

function halved({ width, height, channels, data }: Planes): Planes {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Float32Array(channels * w * h);
  for (let channel = 0, to = 0; channel < channels; channel++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++, to++) {
        const from = channel * width * height + 2 * y * width + 2 * x;
        out[to] = (data[from]! + data[from + 1]! + data[from + width]! + data[from + width + 1]!) / 4;
      }
  return { width: w, height: h, channels, data: out };
}

const reachOf = (reachPx: number, level: number, { width, height }: Planes): number =>
  Math.max(1, Math.min(Math.round(reachPx / 2 ** level), Math.floor(Math.min(width, height) / 4)));

/**
 * Window of at most `sidePx` in a block with a gap of at least `gapPx`. The window is a little smaller where that
 * permits a smaller block.
 */
function fitted(sidePx: number, gapPx: number): { readonly sidePx: number; readonly size: number } {
  let fit = { sidePx, size: sideFor(sidePx + gapPx) };
  for (;;) {
    const size = sideBelow(fit.size);
    if (size === null || size - gapPx < MIN_SHARE * sidePx) return fit;
    fit = { sidePx: size - gapPx, size };
  }
}

function windowAround({ width, height }: Planes, x: number, y: number, sidePx: number): Rect {
  const [w, h] = [Math.min(width, sidePx), Math.min(height, sidePx)];
  const start = (at: number, size: number, length: number) =>
    Math.max(0, Math.min(Math.round(at - size / 2), length - size));
  return { left: start(x, w, width), top: start(y, h, height), width: w, height: h };
}

/** The input of a kernel estimate on one level. */
export interface BlurWindow {
  /** The crop of the level around the place: grey light, 0 to 1, [1, H, W]. */
  readonly observed: Planes;
  /** Reach of the kernel on this level. */
  readonly reachPx: number;
  /** Side of the block that holds the window. */
  readonly blockPx: number;
}

/**
 * Windows of `levels` (from `halvings`) around a place of the photo. Coarse levels show more of the photo than fine
 * ones.
 */
export function windowsAround(
  levels: readonly Planes[],
  { x, y }: { readonly x: number; readonly y: number },
  reachPx: number,
): readonly BlurWindow[] {
  return levels.map((picture, level) => {
    const reach = reachOf(reachPx, level, picture);
    const most = Math.min(LEVELS[level]!.windowPx, Math.max(picture.width, picture.height));
    const { sidePx, size } = fitted(most, 4 * reach);
    const observed = crop(picture, windowAround(picture, x / 2 ** level, y / 2 ** level, sidePx));
    return { observed, reachPx: reach, blockPx: size };
  });
}

/**
 * Estimates the kernel from the windows of one place, the finest first. The kernel is centred, an odd square of the
 * finest window's reach. At a place without edges it is meaningless.
 */
export function estimateKernel(windows: readonly BlurWindow[], fourier: Fourier): Kernel {
  const turns = windows.reduce((sum, _, level) => sum + LEVELS[level]!.turns, 0);
  const fall = (LAST_LAMBDA / FIRST_LAMBDA) ** (1 / (turns - 1));
  let lambda = FIRST_LAMBDA;
  let kernel: Kernel | null = null;
  for (const [level, { observed, reachPx, blockPx }] of [...windows.entries()].reverse()) {
    using scope = fourier.heap.scope();
    const solver = new SparseGradients(fourier.real(blockPx), scope, periodicBlock(observed, 0, blockPx));
    const kernelOf = kernelFitter(observed, {
      reachPx,
      ridge: 1e-3,
      iterations: 40,
      equations: fastEquations(fourier, scope),
    });
    kernel = kernel ? resizedKernel(kernel, reachPx) : shortLine(reachPx);
    const { turns: ofLevel, rise } = LEVELS[level]!;
    for (let turn = 0; turn < ofLevel; turn++) {
      const sketch = partOf(solver.sketch(kernel, lambda, { rise }), blockPx, observed);
      kernel = centredKernel(prunedKernel(kernelOf(sketch)));
      lambda *= fall;
    }
  }
  return kernel!;
}

/** Initial kernel: the smallest one that blurs. */
function shortLine(reachPx: number): Kernel {
  const side = 2 * reachPx + 1;
  const data = new Float64Array(side * side);
  const centre = reachPx * side + reachPx;
  data.fill(0.25, centre - 1, centre + 2);
  data[centre] = 0.5;
  return { width: side, height: side, data };
}

function partOf(block: Float32Array, size: number, { width, height }: Planes): Planes {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) data.set(block.subarray(y * size, y * size + width), y * width);
  return { width, height, channels: 1, data };
}

/** @file Deconvolution of one picture with a grid of known kernels, each applied around its own place. */

import { throwIfCancelled } from "../base/errors.js";
import { yieldToEventLoop } from "../base/yield-to-event-loop.js";
import type { Kernel } from "../blur/kernel.js";
import { crop, type Rect } from "../images/crop.js";
import { evenCuts } from "../images/even-cuts.js";
import type { Planes } from "../images/image.js";
import type { Fourier } from "./fourier.js";
import { InverseFilter } from "./wiener.js";

const SMOOTHNESS = 0.005;
/** Side in pixels of the deconvolved blocks; only the middle of each is used. */
const BLOCK_PX = 512;

/** Kernels, row by row, of places that divide the picture evenly. */
export interface KernelGrid {
  readonly kernels: readonly Kernel[];
  readonly columns: number;
  readonly rows: number;
  /** Reach of the largest kernel. */
  readonly reachPx: number;
  /** Rectangle that the places divide, relative to the picture, which may be a part of it. Default: the picture. */
  readonly within?: Rect | undefined;
}

export interface DeconvolveGridOptions {
  /** Called with the share of the kernels whose blocks are done, 0 to 1. */
  onProgress?(share: number): void;
  readonly signal?: AbortSignal | undefined;
}

/** `count` places that divide `of` pixels evenly along an axis, starting at pixel `from`. */
interface Side {
  readonly count: number;
  readonly from: number;
  readonly of: number;
}

/**
 * Weights of place `index` for `length` pixels: linear between the centres of neighbours, constant beyond the
 * outermost.
 */
function placeWeights(index: number, { count, from, of }: Side, length: number): Float64Array {
  return Float64Array.from({ length }, (_, at) => {
    const position = Math.min(Math.max(((at - from + 0.5) * count) / of - 0.5, 0), count - 1);
    return Math.max(0, 1 - Math.abs(position - index));
  });
}

/** Adds `values`, each times its weight and `share`, to `out` from index `to` on. */
function addWeighted(out: Float32Array, to: number, values: Float32Array, weights: Float64Array, share: number): void {
  for (let i = 0; i < values.length; i++) out[to + i] = out[to + i]! + weights[i]! * share * values[i]!;
}

/** A block deconvolved with one place's kernel, and the part of the result that counts. */
export interface GridBlock {
  /** Index of the place in the grid. */
  readonly index: number;
  /** The block with its margin, which is dropped from the result. */
  readonly rect: Rect;
  /** Adds the result, [C, H, W] of `rect`'s size including the margin, to `out`. */
  add(sharper: Planes, out: Float32Array): void;
}

/** Blocks of at most `blockPx` a side that cover the part of the picture to which place `index` contributes. */
export function* blocksOf(
  { width, height, channels }: Pick<Planes, "width" | "height" | "channels">,
  { columns, rows, reachPx, within = { left: 0, top: 0, width, height } }: KernelGrid,
  blockPx: number,
  index: number,
): Generator<GridBlock> {
  const margin = 2 * reachPx;
  const most = blockPx - 4 * reachPx; // the rest makes the block periodic
  const inner = most - 2 * margin;
  const cuts = (length: number) => evenCuts(length, length <= most ? 1 : Math.ceil(length / inner));
  const [column, row] = [index % columns, Math.floor(index / columns)];
  const across = placeWeights(column, { count: columns, from: within.left, of: within.width }, width);
  const down = placeWeights(row, { count: rows, from: within.top, of: within.height }, height);
  const covered = (shares: Float64Array, { from, to }: { from: number; to: number }) =>
    shares.subarray(from, to).some((share) => share > 0);
  for (const vertical of cuts(height).filter((cut) => covered(down, cut)))
    for (const horizontal of cuts(width).filter((cut) => covered(across, cut))) {
      const [left, top] = [Math.max(0, horizontal.from - margin), Math.max(0, vertical.from - margin)];
      const [right, bottom] = [Math.min(width, horizontal.to + margin), Math.min(height, vertical.to + margin)];
      const size = { width: right - left, height: bottom - top };
      const weights = across.subarray(horizontal.from, horizontal.to);
      yield {
        index,
        rect: { left, top, ...size },
        add({ data }, out) {
          for (let channel = 0; channel < channels; channel++)
            for (let y = vertical.from; y < vertical.to; y++) {
              const from = (channel * size.height + y - top) * size.width + horizontal.from - left;
              const to = (channel * height + y) * width + horizontal.from;
              addWeighted(out, to, data.subarray(from, from + horizontal.to - horizontal.from), weights, down[y]!);
            }
        },
      };
    }
}

/**
 * Deconvolves light [C, H, W], within [0, 1]: every block is filtered with the kernel of each place that contributes to
 * it. Yields to the event loop after every block, some tens of milliseconds. Throws `cancelled`.
 */
export async function deconvolveGrid(
  light: Planes,
  grid: KernelGrid,
  fourier: Fourier,
  { onProgress, signal }: DeconvolveGridOptions = {},
): Promise<Planes> {
  using scope = fourier.heap.scope();
  const filter = new InverseFilter(fourier.real(BLOCK_PX), scope, SMOOTHNESS);
  const out = new Float32Array(light.data.length);
  for (const [index, kernel] of grid.kernels.entries()) {
    filter.invert(kernel);
    for (const { rect, add } of blocksOf(light, grid, BLOCK_PX, index)) {
      await yieldToEventLoop();
      throwIfCancelled(signal);
      add(filter.apply(crop(light, rect)), out);
    }
    onProgress?.((index + 1) / grid.kernels.length);
  }
  for (let i = 0; i < out.length; i++) out[i] = Math.min(1, Math.max(0, out[i]!));
  return { ...light, data: out };
}

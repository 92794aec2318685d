/**
 * @file A photo without the blur it tells of itself: kernels estimated at a few places, each undone around its own place. Exact for shake
 * of the whole camera; where things move by themselves, or a kernel is wrong, it draws false edges: a hint for a network, not a result.
 */
import { argumentError, shapeError, throwIfCancelled } from "../base/errors.js";
import type { Kernel } from "../blur/kernel.js";
import { lightFromUnit, unitFromLight } from "../blur/light.js";
import { crop } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { greyPlanes, signedFromUnit, unitFromSigned } from "../images/pixels.js";
import { estimateKernel, halvings, realTransform } from "./blind-kernel.js";
import { InverseFilter } from "./wiener.js";

export interface DeconvolveOptions {
  /** Kernels reach so far to each side: blur of up to twice that is undone. */
  readonly reachPx?: number;
  /** About how far apart the places are at which the blur is estimated. */
  readonly cellPx?: number;
  /** Told how much is done, 0 to 1. */
  onProgress?(share: number): void;
  readonly signal?: AbortSignal;
}

/** Lets the rest of the program speak: a place takes a second or two. */
const breathe = () => new Promise((resolve) => setTimeout(resolve, 0));

export interface Place {
  /** The middle of what the kernel stands for, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly kernel: Kernel;
}

export interface Deconvolution {
  /** [3, H, W], "signed". */
  readonly deconvolved: Planes;
  /** Row by row. */
  readonly places: readonly Place[];
}

const SMOOTHNESS = 0.01;
/** Side of the blocks in which blur is undone; each keeps its middle. */
const BLOCK_PX = 512;
/** Smaller photos say nothing about motion. */
const LEAST_PX = 32;

const CURVE = "gamma2.2";

/** [3, H, W], "signed". The camera's curve is taken for a power of 2.2. Throws `cancelled`. */
export async function deconvolve(
  photo: Planes,
  { reachPx = 15, cellPx = 1344, onProgress, signal }: DeconvolveOptions = {},
): Promise<Deconvolution> {
  const { width, height, channels } = photo;
  if (channels !== 3) throw shapeError("deconvolve", "[3, H, W]", [channels, height, width]);
  if (!Number.isInteger(reachPx) || reachPx < 1 || reachPx > 31)
    throw argumentError("deconvolve", "reachPx must be an integer from 1 to 31", reachPx);
  if (Math.min(width, height) < LEAST_PX) return { deconvolved: photo, places: [] };
  const light = lightFromUnit(unitFromSigned(photo), CURVE);
  const levels = halvings(greyPlanes(light), reachPx);
  const [columns, rows] = [Math.ceil(width / cellPx), Math.ceil(height / cellPx)];
  const places: Place[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      await breathe();
      throwIfCancelled(signal, "deconvolve");
      const [x, y] = [((column + 0.5) * width) / columns, ((row + 0.5) * height) / rows];
      places.push({ x, y, kernel: estimateKernel(levels, { x, y }, reachPx) });
      onProgress?.((0.9 * places.length) / (rows * columns));
    }
  await breathe();
  throwIfCancelled(signal, "deconvolve");
  const sharper = undo(light, places, { columns, rows, reachPx });
  for (let i = 0; i < sharper.data.length; i++) sharper.data[i] = Math.min(1, Math.max(0, sharper.data[i]!));
  onProgress?.(1);
  return { deconvolved: signedFromUnit(unitFromLight(sharper, CURVE)), places };
}

interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly reachPx: number;
}

/** Weight of place `index` of `count` along a side, at a pixel: linear between the middles of neighbours, even beyond the outermost. */
function shareOf(index: number, count: number, at: number, length: number): number {
  const position = Math.min(Math.max(((at + 0.5) * count) / length - 0.5, 0), count - 1);
  return Math.max(0, 1 - Math.abs(position - index));
}

/** Every block through the filter of every place that has a share in it. -> light, not bounded */
function undo(light: Planes, places: readonly Place[], { columns, rows, reachPx }: Grid): Planes {
  const { width, height, channels } = light;
  const transform = realTransform(BLOCK_PX);
  const margin = 2 * reachPx;
  const most = BLOCK_PX - 4 * reachPx; // what is left joins the block on to itself
  const inner = most - 2 * margin;
  const out = new Float32Array(light.data.length);
  const cuts = (length: number) => {
    if (length <= most) return [{ from: 0, to: length }];
    const count = Math.ceil(length / inner);
    return Array.from({ length: count }, (_, i) => ({
      from: Math.round((i * length) / count),
      to: Math.round(((i + 1) * length) / count),
    }));
  };
  for (const [index, { kernel }] of places.entries()) {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    const filter = new InverseFilter(transform, kernel, SMOOTHNESS);
    const across = Float64Array.from({ length: width }, (_, x) => shareOf(column, columns, x, width));
    const down = Float64Array.from({ length: height }, (_, y) => shareOf(row, rows, y, height));
    const covered = (shares: Float64Array, { from, to }: { from: number; to: number }) =>
      shares.subarray(from, to).some((share) => share > 0);
    for (const vertical of cuts(height).filter((cut) => covered(down, cut)))
      for (const horizontal of cuts(width).filter((cut) => covered(across, cut))) {
        const [left, top] = [Math.max(0, horizontal.from - margin), Math.max(0, vertical.from - margin)];
        const [right, bottom] = [Math.min(width, horizontal.to + margin), Math.min(height, vertical.to + margin)];
        const size = { width: right - left, height: bottom - top };
        const { data } = filter.apply(crop(light, { left, top, ...size }));
        for (let channel = 0; channel < channels; channel++)
          for (let y = vertical.from; y < vertical.to; y++)
            for (let x = horizontal.from; x < horizontal.to; x++) {
              const value = data[(channel * size.height + y - top) * size.width + x - left]!;
              out[(channel * height + y) * width + x]! += across[x]! * down[y]! * value;
            }
      }
  }
  return { ...light, data: out };
}

/** @file Deconvolution of a photo with kernels of several places, by total variation, in blocks on several threads. */
import { throwIfCancelled } from "../../base/errors.js";
import { inLanes } from "../../base/in-lanes.js";
import type { Planes } from "../../images/image.js";
import type { BlurEstimator } from "../blur-estimator.js";
import { blocksOf, type GridBlock, type KernelGrid } from "../deconvolve-grid.js";
import { closeSideFor } from "../fourier.js";
import type { Shift } from "../gradient-filters.js";
import type { PhotoLight } from "../photo-light.js";
import type { BlockResult } from "./deconvolve-block.js";

/** Block sides to choose from: larger blocks compute less margin twice but take more memory. */
const BLOCKS_PX = [384, 512, 768, 1024];

export interface DeconvolvePlacesOptions {
  /** Displacement of each kernel. */
  readonly shifts: readonly Shift[];
  /** Also blur the result again, each place with its own kernel. */
  readonly reblurs: boolean;
  readonly estimator: BlurEstimator;
  /** Called with the share of work done. */
  onProgress?(share: number): void;
  readonly signal?: AbortSignal | undefined;
}

/** The block side with the least work, and its blocks. */
function leastBlocks(light: PhotoLight, grid: KernelGrid) {
  const { width, height } = light;
  const largest = BLOCKS_PX.at(-1)!;
  const wholePx = Math.max(width, height) + 4 * grid.reachPx;
  const sides = [
    ...BLOCKS_PX.filter((side) => side >= 16 * grid.reachPx && side < wholePx),
    ...(wholePx <= largest ? [closeSideFor(wholePx)] : []),
  ]; // prettier-ignore
  const tried = (sides.length > 0 ? sides : [largest]).map((blockPx) => {
    const blocks = grid.kernels.flatMap((_, index) => [...blocksOf(light, grid, blockPx, index)]);
    return { blockPx, blocks, cost: blocks.length * blockPx ** 2 * Math.log2(blockPx) };
  });
  return tried.reduce((a, b) => (b.cost < a.cost ? b : a));
}

/**
 * Deconvolves a photo's light [C, H, W]; results are within [0, 1]. Blocks are blurred again before clipping to that range,
 * because lamps brighter than white explain the light around them. Throws `cancelled`.
 */
export async function deconvolvePlaces(
  light: PhotoLight,
  grid: KernelGrid,
  { shifts, reblurs, estimator, onProgress, signal }: DeconvolvePlacesOptions,
): Promise<BlockResult> {
  const { blockPx, blocks } = leastBlocks(light, grid);
  const { width, height, channels } = light;
  const out = new Float32Array(channels * width * height);
  const again = reblurs ? new Float32Array(out.length) : null;
  let done = 0;
  await inLanes(blocks, estimator.lanes, async ({ index, rect: seen, add }: GridBlock) => {
    throwIfCancelled(signal);
    const [kernel, shift] = [grid.kernels[index]!, shifts[index]!];
    const own = light.of(seen);
    const part = { light: own, clipped: light.clippedOf?.(own) ?? null, kernel, shift, blockPx, reblurs };
    const { sharper, reblurred } = await estimator.run("deconvolve", part);
    add(sharper, out);
    if (again && reblurred) add(reblurred, again);
    onProgress?.(++done / blocks.length);
  });
  for (const values of again ? [out, again] : [out])
    for (let i = 0; i < values.length; i++) values[i] = Math.min(1, Math.max(0, values[i]!));
  const planes = (data: Float32Array): Planes => ({ width, height, channels, data });
  return { sharper: planes(out), reblurred: again && planes(again) };
}

/** @file Prior knowledge of a camera's motion: its kernel is a thin connected path around its centre. */
import { type Kernel, kernelCentroid, normalisedKernel } from "../blur/kernel.js";

/** Share of the largest weight below which weights are noise of the estimate. */
const MIN_WEIGHT = 0.05;
/** Share of the total below which a connected component is not part of the path. */
const MIN_ISLAND = 0.1;

/** The kernel without weak weights and small components, scaled to sum 1. */
export function prunedKernel(kernel: Kernel): Kernel {
  const { width, height } = kernel;
  const most = kernel.data.reduce((a, b) => Math.max(a, b), 0);
  const data = kernel.data.map((value) => (value < MIN_WEIGHT * most ? 0 : value));
  const least = MIN_ISLAND * data.reduce((sum, value) => sum + value, 0);
  const visited = new Uint8Array(data.length);
  const islands: { readonly pixels: readonly number[]; readonly weight: number }[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || visited[start]) continue;
    const island = [start];
    visited[start] = 1;
    for (let i = 0; i < island.length; i++) {
      const [x, y] = [island[i]! % width, Math.floor(island[i]! / width)];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const at = row * width + column;
          if (data[at] === 0 || visited[at]) continue;
          visited[at] = 1;
          island.push(at);
        }
    }
    islands.push({ pixels: island, weight: island.reduce((sum, at) => sum + data[at]!, 0) });
  }
  // Where all are small, as in a fit of nothing but noise, the heaviest stays.
  const kept = Math.min(least, Math.max(...islands.map(({ weight }) => weight)));
  for (const { pixels, weight } of islands) if (weight < kept) for (const at of pixels) data[at] = 0;
  return normalisedKernel({ width, height, data }, "prunedKernel");
}

/**
 * The kernel moved by whole pixels so that its centroid is in the centre: a blind estimate cannot distinguish a shift
 * of the kernel from a shift of the photo.
 */
export function centredKernel(kernel: Kernel): Kernel {
  const { width, height, data } = kernel;
  const { x, y } = kernelCentroid(kernel);
  const [dx, dy] = [Math.round(x), Math.round(y)];
  if (dx === 0 && dy === 0) return kernel;
  const moved = data.map((_, i) => {
    const [column, row] = [(i % width) + dx, Math.floor(i / width) + dy];
    return column >= 0 && column < width && row >= 0 && row < height ? data[row * width + column]! : 0;
  });
  return normalisedKernel({ width, height, data: moved }, "centredKernel");
}

/** The same motion at another scale, as an odd square that reaches `reachPx`; weights are interpolated linearly. */
export function resizedKernel({ width, height, data }: Kernel, reachPx: number): Kernel {
  const side = 2 * reachPx + 1;
  const factor = width / side;
  const value = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : data[y * width + x]!;
  const out = Float64Array.from({ length: side * side }, (_, i) => {
    const x = ((i % side) - reachPx) * factor + (width >> 1);
    const y = (Math.floor(i / side) - reachPx) * factor + (height >> 1);
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [tx, ty] = [x - column, y - row];
    return (
      (1 - ty) * ((1 - tx) * value(column, row) + tx * value(column + 1, row)) +
      ty * ((1 - tx) * value(column, row + 1) + tx * value(column + 1, row + 1))
    );
  });
  return normalisedKernel({ width: side, height: side, data: out }, "resizedKernel");
}

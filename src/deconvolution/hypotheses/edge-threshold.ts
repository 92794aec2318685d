/** @file Selects the edges of a sketch that are strong enough for the kernel fit (Cho and Lee 2009). */
import type { Planes } from "../../images/image.js";

const DIRECTIONS = 4;
/** Number of edges of each direction, relative to the kernel's side. */
const EDGES = 2;

/**
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

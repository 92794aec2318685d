/** @file A small data set of blurry and sharp pictures that a tiny network learns to sharpen within seconds. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeImage } from "../../platform/node/photos/image-file.js";
import { Rng } from "../../src/base/random.js";
import type { Planes } from "../../src/images/image.js";
import { rasterFromPlanes } from "../../src/images/pixels.js";

/** Waves of random slope and colour, and the same averaged over 5 pixels along a row. */
export function wavePair(
  index: number,
  [width, height]: readonly [number, number] = [48, 40],
): { readonly blurry: Planes; readonly sharp: Planes } {
  const channels = 3;
  const rng = Rng.fromSeed(index);
  const at = (x: number, y: number, c: number) =>
    Math.sin(0.7 * x + (rng.uniform(0) - 0.5) * y + c * rng.uniform(1)) * (0.3 + 0.6 * rng.uniform(2 + c));
  const planes = (value: typeof at): Planes => {
    const data = new Float32Array(channels * width * height);
    for (let i = 0; i < data.length; i++)
      data[i] = value(i % width, Math.floor(i / width) % height, Math.floor(i / (width * height)));
    return { width, height, channels, data };
  };
  const blurred = (x: number, y: number, c: number) =>
    [-2, -1, 0, 1, 2].reduce((sum, dx) => sum + at(x + dx, y, c) / 5, 0);
  return { blurry: planes(blurred), sharp: planes(at) };
}

/** The description of that network. */
export const waveNetwork = {
  architecture: "residual-unet",
  inChannels: 3,
  unshuffle: 1,
  widths: [8],
  blocks: [1],
  middleBlocks: 0,
} as const;

/** Writes blur/ and sharp/ under `folder`. */
export async function writeWavePairs(folder: string, count: number, size?: readonly [number, number]): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { blurry, sharp } = wavePair(i, size);
    for (const [part, planes] of [
      ["blur", blurry],
      ["sharp", sharp],
    ] as const) {
      await mkdir(join(folder, part), { recursive: true });
      const raster = rasterFromPlanes(planes);
      await writeImage(join(folder, part, `${i}.png`), { raster, format: "png", metadata: {} });
    }
  }
}

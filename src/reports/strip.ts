/** @file The steps in one picture: a column per step, with x_t, the estimate and its change below one another. */
import type { Raster } from "../images/image.js";
import { preview } from "../images/preview.js";
import type { StepPictures } from "../insight/trajectory.js";

const GAP = 4;

function reduced({ width, height, channels, data }: Raster, maxPx: number): Raster {
  const at = (i: number) => (2 * data[(i % (width * height)) * channels + Math.floor(i / (width * height))]!) / 255 - 1;
  return preview({ width, height, channels, valueAt: at }, maxPx);
}

/** RGB on white; tiles are at most `tilePx` wide and high. */
export function stripOf(steps: readonly StepPictures[], tilePx = 192): Raster {
  const columns = steps.map(({ xt, estimate, change }) => [xt, estimate, change].map((one) => reduced(one, tilePx)));
  const tile = columns[0]![0]!;
  const [width, height] = [columns.length * (tile.width + GAP) - GAP, 3 * (tile.height + GAP) - GAP];
  const data = new Uint8Array(3 * width * height).fill(255);
  columns.forEach((rows, column) => {
    rows.forEach((one, row) => {
      for (let y = 0; y < tile.height; y++) {
        const line = one.data.subarray(3 * y * tile.width, 3 * (y + 1) * tile.width);
        data.set(line, 3 * ((row * (tile.height + GAP) + y) * width + column * (tile.width + GAP)));
      }
    });
  });
  return { width, height, channels: 3, data };
}

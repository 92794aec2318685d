/**
 * @file Heat map of grey values: black, violet, red, yellow, white. Luminance rises evenly, so it reads in greyscale
 * and for colour-blind people.
 */
import type { Raster } from "../../src/images/image.js";

/** Colours at equal distances; luminance increases monotonically. */
const STOPS = [
  [0, 0, 4],
  [66, 10, 104],
  [147, 38, 103],
  [221, 81, 58],
  [252, 165, 10],
  [252, 255, 164],
] as const;

/** Maps one channel of bytes to colours; 0 is coldest. */
export function heatMap({ width, height, data }: Raster): Raster {
  const table = Array.from({ length: 256 }, (_, value) => {
    const at = (value / 255) * (STOPS.length - 1);
    const [low, high] = [STOPS[Math.floor(at)]!, STOPS[Math.min(Math.floor(at) + 1, STOPS.length - 1)]!];
    return low.map((from, channel) => Math.round(from + (at % 1) * (high[channel]! - from)));
  });
  const out = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) out.set(table[data[i]!]!, 3 * i);
  return { width, height, channels: 3, data: out };
}

/** @file Image pyramid, and the windows around a place at each level. */
import { crop, type Rect } from "../../images/crop.js";
import type { Planes } from "../../images/image.js";
import type { BlurWindow } from "../blind-kernel.js";
import { closeSideFor } from "../fourier.js";

/** Scale from one level to the next: half the pixels. */
const LEVEL_RATIO = Math.SQRT1_2;
/** Smallest side of a level: smaller pictures contain no information about blur. */
const MIN_LEVEL_PX = 24;
/** Largest side of a window. Coarse levels show more of the photo than fine ones. */
const WINDOW_PX = 448;
/** Smallest usable share of a window's side where that permits a smaller block. */
const MIN_SHARE = 0.93;

/**
 * Resampling weights: for each position of the shorter line, the first position in the longer one and the weights from
 * there on.
 */
interface Resampling {
  readonly from: Int32Array;
  readonly weights: readonly Float64Array[];
}

/** Gaussian low-pass against aliasing, then linear interpolation; the ends are padded with the last value. */
function resampling(length: number, smaller: number, scale: number): Resampling {
  const sigma = 0.45 * Math.sqrt(1 / scale ** 2 - 1);
  const reach = Math.ceil(4 * sigma);
  const gaussian = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = gaussian.reduce((a, b) => a + b, 0);
  const from = new Int32Array(smaller);
  const weights = Array.from({ length: smaller }, (_, i) => {
    const place = (i + 0.5) / scale - 0.5;
    const base = Math.floor(place);
    const share = place - base;
    from[i] = Math.max(0, base - reach);
    const last = Math.min(length - 1, base + 1 + reach);
    const line = new Float64Array(Math.max(1, last - from[i]! + 1));
    for (let j = -reach; j <= reach + 1; j++) {
      const weight = (1 - share) * (gaussian[j + reach] ?? 0) + share * (gaussian[j + reach - 1] ?? 0);
      const at = Math.max(0, Math.min(length - 1, base + j));
      line[Math.max(0, Math.min(line.length - 1, at - from[i]!))]! += weight / sum;
    }
    return line;
  });
  return { from, weights };
}

/** [1, H, W] resized to `scale` of its size. */
export function shrunk({ width, height, data }: Planes, scale: number): Planes {
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  const across = resampling(width, w, scale);
  const down = resampling(height, h, scale);
  const narrow = new Float32Array(height * w);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < w; x++) {
      const weights = across.weights[x]!;
      let sum = 0;
      for (let i = 0, at = y * width + across.from[x]!; i < weights.length; i++) sum += weights[i]! * data[at + i]!;
      narrow[y * w + x] = sum;
    }
  const out = new Float32Array(h * w);
  const row = new Float64Array(w);
  for (let y = 0; y < h; y++) {
    row.fill(0);
    const weights = down.weights[y]!;
    for (let i = 0; i < weights.length; i++)
      for (let x = 0, at = (down.from[y]! + i) * w; x < w; x++) row[x]! += weights[i]! * narrow[at + x]!;
    out.set(row, y * w);
  }
  return { width: w, height: h, channels: 1, data: out };
}

export interface Level {
  /** Relative to the photo's size. */
  readonly scale: number;
  readonly light: Planes;
}

/**
 * Levels of grey light [1, H, W], each 1 / sqrt(2) the size of the one before, the finest first, down to kernels of 3
 * px.
 */
export function pyramid(light: Planes, reachPx: number): readonly Level[] {
  const levels: Level[] = [{ scale: 1, light }];
  const side = 2 * reachPx + 1;
  for (let scale = LEVEL_RATIO; ; scale *= LEVEL_RATIO) {
    if (side * scale < 3 || Math.min(light.width, light.height) * scale <= MIN_LEVEL_PX) return levels;
    // Resized from the level of twice the size, not from the photo: the smoothing in all is the same.
    const larger = levels[Math.max(0, levels.length - 2)]!;
    levels.push({ scale, light: shrunk(larger.light, scale / larger.scale) });
  }
}

/** Reach of a kernel on a level: at least 1, an odd square of 3 px. */
export const reachAt = (reachPx: number, scale: number): number =>
  Math.min(reachPx, (Math.max(3, Math.round((2 * reachPx + 1) * scale) | 1) - 1) / 2);

function windowAround({ width, height }: Planes, x: number, y: number, sidePx: number): Rect {
  const [w, h] = [Math.min(width, sidePx), Math.min(height, sidePx)];
  const start = (at: number, size: number, length: number) =>
    Math.max(0, Math.min(Math.round(at - size / 2), length - size));
  return { left: start(x, w, width), top: start(y, h, height), width: w, height: h };
}

/**
 * Window of at most `sidePx` in a block with a gap of at least `gapPx`. The window is a little smaller where that
 * permits a smaller block.
 */
function fitted(sidePx: number, gapPx: number): { readonly sidePx: number; readonly size: number } {
  const size = closeSideFor(sidePx + gapPx);
  for (let px = sidePx - 1; px >= MIN_SHARE * WINDOW_PX; px--) {
    const smaller = closeSideFor(px + gapPx);
    if (smaller < size) return { sidePx: px, size: smaller };
  }
  return { sidePx, size };
}

/** Windows around a place of the photo, the finest first; of every level, or of every `each`-th. */
export function windowsOf(
  levels: readonly Level[],
  { x, y }: { readonly x: number; readonly y: number },
  reachPx: number,
  each = 1,
): readonly BlurWindow[] {
  const side = 2 * reachPx + 1;
  return levels
    .filter(({ scale }, i) => i % each === 0 && (i === 0 || side * scale >= 3))
    .map(({ scale, light }) => {
      const reach = reachAt(reachPx, scale);
      const most = Math.min(WINDOW_PX, Math.max(light.width, light.height));
      const { sidePx, size } = fitted(most, 4 * reach + 2);
      return {
        observed: crop(light, windowAround(light, x * scale, y * scale, sidePx)),
        reachPx: reach,
        blockPx: size,
      };
    });
}

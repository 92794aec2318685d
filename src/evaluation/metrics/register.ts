/**
 * @file Registration of two pictures of one scene by a shift of the whole picture. A restoration that is right but half
 * a pixel off the truth loses several dB. Where a blurry photo and its truth were taken one after the other, as in the
 * set of Levin et al. (2009), only registered figures mean anything.
 */
import { checkSameSize, cropBorder, type Levels } from "./levels.js";

/**
 * Margin in pixels that is left out at each side of a picture that is not small. It bounds the shift and hides border
 * errors.
 */
const MARGIN_PX = 25;
/** Largest margin, as a share of the shorter side. */
const MARGIN_SHARE = 1 / 8;
/** Distance in pixels between the shifts of the coarse search, and its distance from the margin. */
const COARSE_PX = 2;
const FINEST_PX = 1 / 8;
/** Approximate number of pixels that the coarse search compares. */
const COARSE_PIXELS = 40_000;

export interface Shift {
  readonly x: number;
  readonly y: number;
}

export interface Registered {
  /** Position of the truth's origin in the restored picture, to an eighth of a pixel. */
  readonly shift: Shift;
  /** Both pictures without the margin; the restored one is interpolated linearly. */
  readonly restored: Levels;
  readonly truth: Levels;
}

export const registrationMargin = (width: number, height: number): number =>
  Math.min(MARGIN_PX, Math.floor(MARGIN_SHARE * Math.min(width, height)));

/** Mean of the channels. */
function grey({ width, height, channels, data }: Levels): Levels {
  if (channels === 1) return { width, height, channels, data };
  const size = width * height;
  const out = new Float64Array(size);
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0; i < size; i++) out[i]! += data[channel * size + i]! / channels;
  return { width, height, channels: 1, data: out };
}

/** Index of the pixel at or before a shift, and the weights of its four neighbours. */
function between({ x, y }: Shift) {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [right, below] = [x - column, y - row];
  const weights = [(1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below] as const;
  return { column, row, weights };
}

/** Sum of squared differences over every `step`-th pixel along both axes inside the margin. [1, H, W] */
function difference(restored: Levels, truth: Levels, margin: number, shift: Shift, step: number): number {
  const { width, height } = truth;
  const { column, row, weights } = between(shift);
  const [a, b, c, d] = weights;
  const { data } = restored;
  let sum = 0;
  for (let y = margin; y < height - margin; y += step)
    for (let x = margin, from = (y + row) * width + x + column; x < width - margin; x += step, from += step) {
      const value = a * data[from]! + b * data[from + 1]! + c * data[from + width]! + d * data[from + width + 1]!;
      sum += (value - truth.data[y * width + x]!) ** 2;
    }
  return sum;
}

function bestShift(restored: Levels, truth: Levels, margin: number): Shift {
  const most = margin - COARSE_PX;
  const reach = Math.floor(most / COARSE_PX) * COARSE_PX;
  const step = Math.max(1, Math.floor(Math.sqrt((truth.width * truth.height) / COARSE_PIXELS)));
  let best: Shift = { x: 0, y: 0 };
  let least = difference(restored, truth, margin, best, step);
  const tryAt = (at: Shift, stride: number): boolean => {
    if (Math.max(Math.abs(at.x), Math.abs(at.y)) > most) return false;
    const sum = difference(restored, truth, margin, at, stride);
    if (sum >= least) return false;
    [best, least] = [at, sum];
    return true;
  };
  for (let y = -reach; y <= reach; y += COARSE_PX)
    for (let x = -reach; x <= reach; x += COARSE_PX) tryAt({ x, y }, step);
  least = difference(restored, truth, margin, best, 1);
  for (let px = COARSE_PX / 2; px >= FINEST_PX; px /= 2)
    for (let moved = true; moved; ) {
      const { x, y } = best;
      const around = [
        { x: x + px, y },
        { x: x - px, y },
        { x, y: y + px },
        { x, y: y - px },
      ]; // prettier-ignore
      moved = around.filter((at) => tryAt(at, 1)).length > 0;
    }
  return best;
}

/** [C, H, W] without the margin, sampled at `shift`. */
function shifted({ width, height, channels, data }: Levels, margin: number, shift: Shift): Levels {
  const { column, row, weights } = between(shift);
  const [a, b, c, d] = weights;
  const [w, h] = [width - 2 * margin, height - 2 * margin];
  const out = new Float64Array(channels * w * h);
  for (let channel = 0, to = 0; channel < channels; channel++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++, to++) {
        const from = (channel * height + y + margin + row) * width + x + margin + column;
        const next = b === 0 && d === 0 ? from : from + 1;
        const line = c === 0 && d === 0 ? 0 : width;
        out[to] = a * data[from]! + b * data[next]! + c * data[from + line]! + d * data[next + line]!;
      }
  return { width: w, height: h, channels, data: out };
}

/**
 * Finds the shift with the least squared error of the channels' mean, up to 22 px along each axis, from coarse to fine.
 * Throws `shape` for pictures of different sizes.
 */
export function register(restored: Levels, truth: Levels): Registered {
  checkSameSize("register", restored, truth);
  const margin = registrationMargin(truth.width, truth.height);
  const shift = margin > COARSE_PX ? bestShift(grey(restored), grey(truth), margin) : { x: 0, y: 0 };
  return { shift, restored: shifted(restored, margin, shift), truth: cropBorder(truth, margin) };
}

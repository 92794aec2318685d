/**
 * @file Bilinear resizing as PyTorch's `interpolate` does it: centres of pixels aligned, no low-pass filter before
 * shrinking.
 */

interface PlanarPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [channels, height, width]. */
  readonly data: Float32Array;
}

/** Two neighbours of each place, and the share of the second. */
function taps(before: number, after: number): { low: Int32Array; high: Int32Array; share: Float64Array } {
  const [low, high, share] = [new Int32Array(after), new Int32Array(after), new Float64Array(after)];
  for (let i = 0; i < after; i++) {
    const at = Math.max(0, ((i + 0.5) * before) / after - 0.5);
    low[i] = Math.floor(at);
    high[i] = Math.min(low[i]! + 1, before - 1);
    share[i] = at - low[i]!;
  }
  return { low, high, share };
}

/** -> [channels, height, width] of the new size. */
export function resizedBilinear(picture: PlanarPicture, width: number, height: number): Float32Array {
  const { channels, data } = picture;
  const [rows, columns] = [taps(picture.height, height), taps(picture.width, width)];
  const out = new Float32Array(channels * height * width);
  for (let channel = 0, to = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++) {
      const start = (row: number) => (channel * picture.height + row) * picture.width;
      const [upper, lower] = [start(rows.low[y]!), start(rows.high[y]!)];
      for (let x = 0; x < width; x++, to++) {
        const [left, right, share] = [columns.low[x]!, columns.high[x]!, columns.share[x]!];
        const across = (line: number) => data[line + left]! * (1 - share) + data[line + right]! * share;
        out[to] = across(upper) * (1 - rows.share[y]!) + across(lower) * rows.share[y]!;
      }
    }
  return out;
}

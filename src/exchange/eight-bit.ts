/**
 * @file Weights in signed bytes for storage: each row of a weight (all that makes one output) has a scale of its own,
 * symmetric around zero. A quarter of float32's size; values are read back as float32.
 */

export interface EightBits {
  readonly bytes: Int8Array;
  /** One for each row: a value is its byte times its row's scale. */
  readonly scales: Float32Array;
}

const MOST = 127;

/** `values` in row-major order, split into `rows` of equal length. The error is at most half a scale. */
export function eightBitsOf(values: Float32Array, rows: number): EightBits {
  const length = values.length / rows;
  const bytes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * length, (row + 1) * length];
    let largest = 0;
    for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(values[i]!));
    const scale = Math.fround(largest / MOST);
    scales[row] = scale;
    if (scale === 0) continue;
    for (let i = from; i < to; i++) bytes[i] = Math.max(-MOST, Math.min(MOST, Math.round(values[i]! / scale)));
  }
  return { bytes, scales };
}

/** The values of `eightBitsOf`. */
export function floatsOf({ bytes, scales }: EightBits): Float32Array {
  const length = bytes.length / scales.length;
  const values = new Float32Array(bytes.length);
  for (const [row, scale] of scales.entries())
    for (let i = row * length; i < (row + 1) * length; i++) values[i] = bytes[i]! * scale;
  return values;
}

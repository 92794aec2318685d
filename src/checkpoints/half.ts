/** @file IEEE 754 half precision to and from float32, round to nearest even. JavaScript has no such array in Node 20. */

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

function halfOf(value: number): number {
  real[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  const e = exponent - 112;
  if (e >= 31) return sign | 0x7c00;
  // Below 2^-14 the result is subnormal: the hidden one becomes explicit and moves right.
  const shift = e > 0 ? 13 : 14 - e;
  if (shift > 24) return sign;
  const full = e > 0 ? (e << 23) | mantissa : mantissa | 0x800000;
  const half = full >>> shift;
  const rest = full & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}

function floatOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** All there are: looking one up is what makes reading a model's millions of weights a matter of milliseconds. */
let floats: Float32Array | null = null;

export const halfFromFloat = (values: Float32Array): Uint16Array => Uint16Array.from(values, halfOf);

export function floatFromHalf(values: Uint16Array): Float32Array {
  floats ??= new Float32Array(0x10000).map((_, half) => floatOf(half));
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = floats[values[i]!]!;
  return out;
}

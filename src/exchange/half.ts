/**
 * @file Conversion between IEEE 754 half precision and float32, rounding to nearest even. Node 20 has no Float16Array.
 */

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
  // Below 2^-14 the result is subnormal: the implicit leading bit becomes explicit and moves right.
  const shift = e > 0 ? 13 : 14 - e;
  if (shift > 24) return sign;
  const full = e > 0 ? (e << 23) | mantissa : mantissa | 0x800000;
  const half = full >>> shift;
  const rest = full & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}

export const halfFromFloat = (values: Float32Array): Uint16Array => Uint16Array.from(values, halfOf);

/**
 * Shifts the bits into place and adjusts the exponent. It uses integer operations only, because ONNX Runtime leaves its
 * thread, which may be this one, in a mode that flushes subnormal float32 numbers to 0.
 */
export function floatFromHalf(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  const out = new Float32Array(bits.buffer);
  for (let i = 0; i < values.length; i++) {
    const half = values[i]!;
    const exponent = half & 0x7c00;
    const sign = (half & 0x8000) << 16;
    const moved = (half & 0x7fff) << 13;
    if (exponent === 0) {
      // A subnormal half is a normal float32: a multiple of 2^-24.
      out[i] = (half & 0x3ff) * 2 ** -24;
      bits[i] = bits[i]! | sign;
    } else bits[i] = sign | (exponent === 0x7c00 ? moved | 0x7f800000 : moved + (112 << 23));
  }
  return out;
}

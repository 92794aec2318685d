/** @file The discrete Fourier transform by its definition, float64, any size: slow and beyond doubt. */

/** Complex values of an image, row after row. */
export interface ComplexPlane {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Transforms `count` lines of n values; value k of line l is at l * lineStride + k * stride. In place. */
function transformLines(
  { re, im }: ComplexPlane,
  sign: 1 | -1,
  n: number,
  stride: number,
  count: number,
  lineStride: number,
): void {
  const cos = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sin = Float64Array.from({ length: n }, (_, i) => sign * Math.sin((2 * Math.PI * i) / n));
  const outRe = new Float64Array(n);
  const outIm = new Float64Array(n);
  for (let line = 0; line < count; line++) {
    const base = line * lineStride;
    for (let k = 0; k < n; k++) {
      let [a, b] = [0, 0];
      for (let j = 0; j < n; j++) {
        const [c, s] = [cos[(j * k) % n]!, sin[(j * k) % n]!];
        const [p, q] = [re[base + j * stride]!, im[base + j * stride]!];
        a += p * c - q * s;
        b += p * s + q * c;
      }
      outRe[k] = a;
      outIm[k] = b;
    }
    for (let k = 0; k < n; k++) {
      re[base + k * stride] = outRe[k]!;
      im[base + k * stride] = outIm[k]!;
    }
  }
}

/**
 * sum over x of value exp(-2 pi i k x / n), both ways; height 1 is one dimension. [height * width] -> [height * width].
 */
export function fourier(width: number, height: number, values: ArrayLike<number>): ComplexPlane {
  const plane = { re: Float64Array.from(values), im: new Float64Array(width * height) };
  transformLines(plane, -1, width, 1, height, width);
  transformLines(plane, -1, height, width, width, 1);
  return plane;
}

/** The real part of the inverse; `plane` is overwritten. */
export function inverseFourier(width: number, height: number, plane: ComplexPlane): Float64Array {
  transformLines(plane, 1, width, 1, height, width);
  transformLines(plane, 1, height, width, width, 1);
  return plane.re.map((value) => value / (width * height));
}

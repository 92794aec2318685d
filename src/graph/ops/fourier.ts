/**
 * @file Two-dimensional discrete Fourier transforms as products with constant matrices, for losses on training crops:
 * at that size a product is as fast as an FFT, and its gradient is another product. Forward transforms are not scaled;
 * the inverse is scaled by 1 / (H W).
 */
import { argumentError } from "../../base/errors.js";
import type { Tensor } from "../tensor.js";
import { add, mul, neg, sub } from "./arithmetic.js";
import { type AxisMatrix, alongAxis, deferredMatrix, matrixOf } from "./axis-matrix.js";
import { concat, reshape, slice } from "./shape.js";

export interface Spectrum {
  readonly re: Tensor;
  readonly im: Tensor;
}

/** Matrices by what they are. Weak references last until the graph that is being built is done. */
const made = new Map<string, WeakRef<AxisMatrix>>();

type Entry = (row: number, column: number) => number;

function remembered(name: string, [rows, columns]: readonly [number, number], entries: () => Entry): AxisMatrix {
  const key = `${name} ${rows} ${columns}`;
  const known = made.get(key)?.deref();
  if (known) return known;
  for (const [old, reference] of made) if (!reference.deref()) made.delete(old);
  const matrix = deferredMatrix(rows, columns, () => matrixOf(rows, columns, entries()));
  made.set(key, new WeakRef(matrix));
  return matrix;
}

const WAVES = { cos: Math.cos, sin: Math.sin, "-sin": (angle: number) => -Math.sin(angle) } as const;

/** The wave of 2 pi row column / n. The product is reduced modulo n to keep all digits. */
function waveEntry(of: keyof typeof WAVES, n: number): Entry {
  const period = Float64Array.from({ length: n }, (_, k) => WAVES[of]((2 * Math.PI * k) / n));
  return (i, j) => period[(i * j) % n]!;
}

const wave = (of: keyof typeof WAVES, rows: number, columns: number, n: number): AxisMatrix =>
  remembered(`${of} ${n}`, [rows, columns], () => waveEntry(of, n));

/** The same, scaled to invert a one-sided transform of `height` lines. */
const inverseWave = (of: "cos" | "sin", width: number, columns: number, height: number): AxisMatrix =>
  remembered(`inverse ${of} ${height}`, [width, columns], () => {
    const plain = waveEntry(of, width);
    // Each column except the first and the middle one represents itself and its mirror image.
    const amplitude = (k: number) => (k === 0 || 2 * k === width ? 1 : 2) / (height * width);
    return (i, k) => amplitude(k) * plain(i, k);
  });

/**
 * x: [..., H, W] -> re and im [..., H, W], or [..., H, floor(W / 2) + 1] for the half that determines a real image
 * (`onesided`).
 */
export function fft2(x: Tensor, { onesided = false } = {}): Spectrum {
  const [h, w] = x.shape.slice(-2) as [number, number];
  const columns = onesided ? Math.floor(w / 2) + 1 : w;
  const re = alongAxis(x, -1, wave("cos", columns, w, w));
  const im = alongAxis(x, -1, wave("-sin", columns, w, w));
  const [c, s] = [wave("cos", h, h, h), wave("-sin", h, h, h)];
  return {
    re: sub(alongAxis(re, -2, c), alongAxis(im, -2, s)),
    im: add(alongAxis(re, -2, s), alongAxis(im, -2, c)),
  };
}

/**
 * The real image of `width` columns from its one-sided spectrum: re, im [..., H, floor(width / 2) + 1] -> [..., H,
 * width]. Throws `argument` for a width that does not fit the spectrum.
 */
export function inverseRealFft2({ re, im }: Spectrum, width: number): Tensor {
  const [h, columns] = re.shape.slice(-2) as [number, number];
  if (columns !== Math.floor(width / 2) + 1)
    throw argumentError("inverseRealFft2", `width must be ${2 * columns - 2} or ${2 * columns - 1}`, width);
  const [c, s] = [wave("cos", h, h, h), wave("sin", h, h, h)];
  const real = sub(alongAxis(re, -2, c), alongAxis(im, -2, s));
  const imaginary = add(alongAxis(re, -2, s), alongAxis(im, -2, c));
  return sub(
    alongAxis(real, -1, inverseWave("cos", width, columns, h)),
    alongAxis(imaginary, -1, inverseWave("sin", width, columns, h)),
  );
}

/** Product of two spectra at each frequency. */
export const spectrumProduct = (a: Spectrum, b: Spectrum): Spectrum => ({
  re: sub(mul(a.re, b.re), mul(a.im, b.im)),
  im: add(mul(a.re, b.im), mul(a.im, b.re)),
});

export const conjugate = ({ re, im }: Spectrum): Spectrum => ({ re, im: neg(im) });

/** Joins the real and imaginary parts on a last axis of length 2. */
export const stackSpectrum = ({ re, im }: Spectrum): Tensor =>
  concat(
    [re, im].map((part) => reshape(part, [...part.shape, 1])),
    re.shape.length,
  );
export function unstackSpectrum(stacked: Tensor): Spectrum {
  const axis = stacked.shape.length - 1;
  const part = (i: number): Tensor => reshape(slice(stacked, axis, i, i + 1), stacked.shape.slice(0, -1));
  return { re: part(0), im: part(1) };
}

/** @file Design of small filters from their frequency response. */

/** Cache of the cosines and sines of every frequency at every position, shared by all filters of one size. */
const tables = new Map<string, { readonly cosines: Float64Array[]; readonly sines: Float64Array[] }>();

function tableOf(axis: Float64Array, places: readonly number[]) {
  const key = `${axis.length} ${places.length}`;
  let table = tables.get(key);
  if (!table) {
    const at = (wave: (phase: number) => number) =>
      places.map((place) => axis.map((frequency) => wave(2 * Math.PI * frequency * place)));
    table = { cosines: at(Math.cos), sines: at(Math.sin) };
    tables.set(key, table);
  }
  return table;
}

/** Dot product over the length of `values`, in index order. */
function dot(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * weights[i]!;
  return sum;
}

export interface FilterDesign {
  /** Side of the filter in pixels, odd. */
  readonly taps: number;
  /**
   * Number of frequencies along each axis at which the gain is sampled; the filter is periodic with this many pixels.
   */
  readonly frequencies: number;
  /** Window weight at `place` pixels from the middle. */
  taper(place: number): number;
}

/**
 * Filter [taps, taps], row by row, with the given gain at frequencies in cycles per pixel. The gain must be even and 0
 * at 0. The filter is tapered and still sums to 0.
 */
export function filterOf(
  gain: (fx: number, fy: number) => number,
  { taps, frequencies, taper }: FilterDesign,
): Float32Array {
  const axis = Float64Array.from({ length: frequencies }, (_, i) => (i - frequencies / 2) / frequencies);
  const radius = (taps - 1) / 2;
  const places = Array.from({ length: taps }, (_, i) => i - radius);
  const { cosines, sines } = tableOf(axis, places);
  // The gain is even, so its transform is real: cos(a + b) = cos a cos b - sin a sin b, one axis at a time. Of the rows
  // fy and -fy one suffices: for the other, the cosine sums are equal, and both its sine sums and its own sines change
  // sign. The first row and fy = 0 have no partner.
  const middle = frequencies / 2;
  const rows = Array.from(axis.subarray(0, middle + 1), (fy) => axis.map((fx) => gain(fx, fy)));
  const times = rows.map((_, i) => (i === 0 || i === middle ? 1 : 2));
  const along = (waves: Float64Array) => {
    const sums = new Float64Array(rows.length);
    for (let i = 0; i < sums.length; i++) sums[i] = times[i]! * dot(rows[i]!, waves);
    return sums;
  };
  // The filter is symmetric about its middle: the left half is computed and copied to the right.
  const left = (waves: Float64Array[]) => waves.slice(0, radius + 1).map(along);
  const [even, odd] = [left(cosines), left(sines)];
  const weights = places.map(taper);
  const filter = new Float64Array(taps * taps);
  const tapers = new Float64Array(taps * taps);
  for (let row = 0; row < taps; row++)
    for (let column = 0; column <= radius; column++) {
      const at = row * taps + column;
      const taper = weights[column]! * weights[row]!;
      const sum = dot(even[column]!, cosines[row]!) - dot(odd[column]!, sines[row]!);
      const opposite = filter.length - 1 - at;
      tapers[at] = taper;
      tapers[opposite] = taper;
      filter[at] = (sum / frequencies ** 2) * taper;
      filter[opposite] = filter[at]!;
    }
  const excess = filter.reduce((a, b) => a + b, 0) / tapers.reduce((a, b) => a + b, 0);
  return Float32Array.from(filter, (value, i) => value - excess * tapers[i]!);
}

/**
 * Pass band: 1 up to 0.3 cycles per pixel, 0 from 0.5 on. Beyond 0.5 the pixel grid represents no direction, so there
 * is no sharpening.
 */
export const passBand = (frequency: number): number =>
  Math.cos((Math.PI / 2) * Math.min(1, Math.max(0, (frequency - 0.3) / 0.2))) ** 2;

export const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** @file Filters of a few taps from what they are to do to each frequency. */

/** Cosines and sines of every frequency at every place, which all filters of one size share. */
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

/** Sum of `values` times `weights`, in order, as far as there are values. */
function dot(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * weights[i]!;
  return sum;
}

export interface FilterDesign {
  /** Side of the filter, odd. */
  readonly taps: number;
  /** Frequencies along each axis at which the gain is asked for; a filter wraps around after as many pixels. */
  readonly frequencies: number;
  /** Weight of a place so many pixels from the middle. */
  taper(place: number): number;
}

/** [taps, taps], row by row, with the gain at frequencies in cycles per pixel, even and 0 at 0; tapered, and of sum 0 all the same. */
export function filterOf(
  gain: (fx: number, fy: number) => number,
  { taps, frequencies, taper }: FilterDesign,
): Float32Array {
  const axis = Float64Array.from({ length: frequencies }, (_, i) => (i - frequencies / 2) / frequencies);
  const radius = (taps - 1) / 2;
  const places = Array.from({ length: taps }, (_, i) => i - radius);
  const { cosines, sines } = tableOf(axis, places);
  // The gain is even, so its transform is real: cos(a + b) = cos a cos b - sin a sin b, one axis after the other. Of rows fy and -fy one
  // is enough: the other's cosine sums are the same and its sine sums the opposite, as are its own sines. The first row and fy = 0 are alone.
  const middle = frequencies / 2;
  const rows = Array.from(axis.subarray(0, middle + 1), (fy) => axis.map((fx) => gain(fx, fy)));
  const times = rows.map((_, i) => (i === 0 || i === middle ? 1 : 2));
  const along = (waves: Float64Array) => {
    const sums = new Float64Array(rows.length);
    for (let i = 0; i < sums.length; i++) sums[i] = times[i]! * dot(rows[i]!, waves);
    return sums;
  };
  // The filter is the same seen from the other side of its middle: what is left of it is written to the right as well.
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

/** 1 to 0.3 cycles per pixel, 0 from 0.5 on: no sharpening where the grid of pixels has no direction left. */
export const passBand = (frequency: number): number =>
  Math.cos((Math.PI / 2) * Math.min(1, Math.max(0, (frequency - 0.3) / 0.2))) ** 2;

export const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

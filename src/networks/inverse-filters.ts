/**
 * @file Inverse filters for candidate blurs: Wiener filters (Wiener 1949) of linear motions of several directions and
 * lengths and of out-of-focus discs. A penalty on differences between neighbours accounts for the higher power of
 * photographs at low frequencies. The filters are computed, not learned, and run as a plain convolution.
 */
import * as z from "zod";
import { filterOf, passBand, sinc } from "./filter-design.js";

export const candidateSchema = z.strictObject({
  motions: z
    .array(z.strictObject({ lengthPx: z.number().min(1).max(1000), directions: z.int().positive().max(1000) }))
    .max(1000)
    .describe(
      "linear motions: lengths in pixels of the shrunk photo, and the number of directions of each, spaced evenly over half a turn",
    ),
  radiiPx: z
    .array(z.number().positive().max(1000))
    .max(1000)
    .default([])
    .describe("radii of out-of-focus discs in pixels of the shrunk photo"),
  taps: z
    .int()
    .min(3)
    .max(255)
    .refine((taps) => taps % 2 === 1, "an odd number")
    .describe("side of the filters in pixels, odd"),
  smoothness: z
    .number()
    .positive()
    .default(0.02)
    .describe("weight of the squared differences between neighbours, relative to the squared errors"),
});

/**
 * A candidate blur. Its filter is that of `response`, mirrored and transposed as stated: motions share the filters of
 * one eighth of a turn.
 */
export interface Candidate {
  /** Frequency response of the blur, in cycles per pixel; real, because these blurs are symmetric. */
  readonly response: (fx: number, fy: number) => number;
  readonly smoothness: number;
  /** Identifier that is equal for candidates with the same response and smoothness. */
  readonly key: string;
  /** Exchange left and right, after transposing. */
  readonly mirrored: boolean;
  /** Exchange rows and columns. */
  readonly transposed: boolean;
}

/** 2 J1(x) / x, the Fourier transform of a disc, as the mean over its chords. One half suffices by symmetry. */
function disc(x: number): number {
  const CHORDS = 32;
  let total = 0;
  let weight = 0;
  for (let i = 0; i < CHORDS; i++) {
    const at = (i + 0.5) / CHORDS;
    const chord = Math.sqrt(1 - at * at);
    total += chord * Math.cos(x * at);
    weight += chord;
  }
  return total / weight;
}

/** Frequency response of a disc, cached by the distance of the frequency from 0. */
function discResponse(radius: number): (fx: number, fy: number) => number {
  const known = new Map<number, number>();
  return (fx, fy) => {
    const away = fx * fx + fy * fy;
    const value = known.get(away) ?? disc(2 * Math.PI * radius * Math.sqrt(away));
    known.set(away, value);
    return value;
  };
}

export function candidatesOf({
  motions,
  radiiPx,
  smoothness,
}: Omit<z.infer<typeof candidateSchema>, "taps">): Candidate[] {
  return [
    ...motions.flatMap(({ lengthPx, directions }) =>
      Array.from({ length: directions }, (_, i): Candidate => {
        const angle = (Math.PI * i) / directions;
        const [dx, dy] = [lengthPx * Math.cos(angle), lengthPx * Math.sin(angle)];
        const [most, least] = [Math.abs(dx), Math.abs(dy)].sort((a, b) => b - a) as [number, number];
        return {
          response: (fx, fy) => sinc(fx * most + fy * least),
          smoothness,
          key: `motion ${most.toFixed(9)} ${least.toFixed(9)} ${smoothness}`,
          mirrored: dx * dy < 0,
          transposed: Math.abs(dy) > Math.abs(dx),
        };
      }),
    ),
    ...radiiPx.map((radius): Candidate => {
      return {
        response: discResponse(radius),
        smoothness,
        key: `disc ${radius} ${smoothness}`,
        mirrored: false,
        transposed: false,
      };
    }),
  ];
}

/** Frequencies along each axis: more than twice the side of the widest filter. */
const FREQUENCIES = 96;

/** Filter of each candidate, whose result is added to a picture to deblur it: [count, taps, taps]. */
export function inverseFilters(candidates: readonly Candidate[], taps: number): Float32Array {
  const designed = new Map<string, Float32Array>();
  const filters = new Float32Array(candidates.length * taps * taps);
  for (const [i, candidate] of candidates.entries()) {
    const { key, mirrored, transposed } = candidate;
    const filter = designed.get(key) ?? inverseFilter(candidate, taps);
    designed.set(key, filter);
    for (let y = 0, at = i * taps * taps; y < taps; y++)
      for (let x = 0; x < taps; x++, at++) {
        const column = mirrored ? taps - 1 - x : x;
        filters[at] = filter[transposed ? column * taps + y : y * taps + column]!;
      }
  }
  return filters;
}

/**
 * Wiener filter of a candidate minus the identity: [taps, taps], row by row. It sums to 0 (a flat picture stays
 * unchanged) and is tapered to zero at its border.
 */
function inverseFilter({ response, smoothness }: Candidate, taps: number): Float32Array {
  const difference = (f: number) => 4 * Math.sin(Math.PI * f) ** 2;
  const radius = (taps - 1) / 2;
  const flat = (place: number) => Math.min(1, Math.max(0, (radius + 1 - Math.abs(place)) / (0.4 * (radius + 1))));
  return filterOf(
    (fx, fy) => {
      const share = passBand(Math.sqrt(fx * fx + fy * fy));
      if (share === 0) return 0;
      const blur = response(fx, fy);
      return (blur / (blur * blur + smoothness * (difference(fx) + difference(fy)) + 1e-6) - 1) * share;
    },
    { taps, frequencies: FREQUENCIES, taper: (place) => Math.sin((Math.PI / 2) * flat(place)) ** 2 },
  );
}

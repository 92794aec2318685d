/**
 * @file Inverse filters for candidate blurs: what linear motion of some direction and length, or a disc out of focus, has blurred, the Wiener filter
 * of that blur sharpens (Wiener 1949), with a price on differences between neighbours, as photographs have more power at low frequencies.
 * Fixed numbers, not learnt; a plain convolution on the engine.
 */
import * as z from "zod";
import { filterOf, passBand, sinc } from "./filter-design.js";

export const candidateSchema = z.strictObject({
  motions: z
    .array(z.strictObject({ lengthPx: z.number().min(1).max(1000), directions: z.int().positive().max(1000) }))
    .max(1000)
    .describe(
      "lengths of straight motion in pixels of the shrunk photo, and how many directions of each, evenly over half a turn",
    ),
  radiiPx: z
    .array(z.number().positive().max(1000))
    .max(1000)
    .default([])
    .describe("radii of discs out of focus, in pixels of the shrunk photo"),
  taps: z
    .int()
    .min(3)
    .max(255)
    .refine((taps) => taps % 2 === 1, "an odd number")
    .describe("side of the filters, odd"),
  smoothness: z
    .number()
    .positive()
    .default(0.02)
    .describe("weight of squared differences between neighbours against squared errors"),
});

/** Its filter is that of `response`, mirrored along x and y if it says so: motions share filters with those of a whole eighth of a turn. */
export interface Candidate {
  /** Of the blur at a frequency in cycles a pixel; real, for these blurs are symmetric. */
  readonly response: (fx: number, fy: number) => number;
  readonly smoothness: number;
  /** The same for candidates of the same response and smoothness. */
  readonly key: string;
  /** Left and right change places. */
  readonly mirrored: boolean;
  /** Rows and columns change places, before that. */
  readonly transposed: boolean;
}

/** 2 J1(x) / x, the transform of a disc, as the mean over its chords: those of one half, for the other half's are the same. */
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

/** Of a disc at a frequency, computed once for all frequencies as far from 0. */
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

/** Along each axis; twice the widest filter and more. */
const FREQUENCIES = 96;

/** Of every candidate what the inverse of its blur adds to a picture, [count, taps, taps]. */
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

/** Of a candidate's response: [taps, taps], row by row, sum 0 (a flat picture stays as it is), tapered to nothing at its border. */
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

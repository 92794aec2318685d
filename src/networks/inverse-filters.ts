/**
 * @file Inverse filters for candidate blurs: what linear motion of some direction and length, or a disc out of focus, has blurred, the Wiener filter
 * of that blur sharpens (Wiener 1949), with a price on differences between neighbours, as photographs have more power at low frequencies.
 * Fixed numbers, not learnt; a plain convolution on the engine.
 */
import { z } from "zod";
import { filterOf, passBand, sinc } from "./filter-design.js";

export const candidateSchema = z.strictObject({
  motions: z
    .array(z.strictObject({ lengthPx: z.number().min(1), directions: z.int().positive() }))
    .describe(
      "lengths of straight motion in pixels of the shrunk photo, and how many directions of each, evenly over half a turn",
    ),
  radiiPx: z
    .array(z.number().positive())
    .default([])
    .describe("radii of discs out of focus, in pixels of the shrunk photo"),
  taps: z
    .int()
    .min(3)
    .refine((taps) => taps % 2 === 1, "an odd number")
    .describe("side of the filters, odd"),
  smoothness: z
    .number()
    .positive()
    .default(0.02)
    .describe("weight of squared differences between neighbours against squared errors"),
});

export interface Candidate {
  /** Of the blur at a frequency in cycles a pixel; real, for these blurs are symmetric. */
  readonly response: (fx: number, fy: number) => number;
  readonly smoothness: number;
}

/** 2 J1(x) / x, the transform of a disc, as the mean over its chords. */
function disc(x: number): number {
  const CHORDS = 64;
  let total = 0;
  let weight = 0;
  for (let i = 0; i < CHORDS; i++) {
    const at = (2 * (i + 0.5)) / CHORDS - 1;
    const chord = Math.sqrt(1 - at * at);
    total += chord * Math.cos(x * at);
    weight += chord;
  }
  return total / weight;
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
        return { response: (fx, fy) => sinc(fx * dx + fy * dy), smoothness };
      }),
    ),
    ...radiiPx.map((radius): Candidate => {
      return { response: (fx, fy) => disc(2 * Math.PI * radius * Math.hypot(fx, fy)), smoothness };
    }),
  ];
}

/** Along each axis; twice the widest filter and more. */
const FREQUENCIES = 96;

/**
 * What the inverse of a blur adds to a picture: [taps, taps], row by row, sum 0 (a flat picture stays as it is), tapered to nothing at its border.
 */
export function inverseFilter({ response, smoothness }: Candidate, taps: number): Float32Array {
  const difference = (f: number) => 4 * Math.sin(Math.PI * f) ** 2;
  const radius = (taps - 1) / 2;
  const flat = (place: number) => Math.min(1, Math.max(0, (radius + 1 - Math.abs(place)) / (0.4 * (radius + 1))));
  return filterOf(
    (fx, fy) => {
      const blur = response(fx, fy);
      return (
        (blur / (blur * blur + smoothness * (difference(fx) + difference(fy)) + 1e-6) - 1) *
        passBand(Math.hypot(fx, fy))
      );
    },
    { taps, frequencies: FREQUENCIES, taper: (place) => Math.sin((Math.PI / 2) * flat(place)) ** 2 },
  );
}

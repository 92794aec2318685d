/**
 * @file Inverse filters for candidate blurs: what linear motion of some direction and length, or a disc out of focus, has blurred, the Wiener filter
 * of that blur sharpens (Wiener 1949), with a price on differences between neighbours, as photographs have more power at low frequencies.
 * Fixed numbers, not learnt; a plain convolution on the engine.
 */
import { z } from "zod";

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

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

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

/** Frequencies along each axis at which a filter is designed; a filter wraps around after as many pixels. */
const FREQUENCIES = 96;

/** 1 to 0.3 cycles per pixel, 0 from 0.5 on: no sharpening where the grid of pixels has no direction left. */
const passBand = (frequency: number): number =>
  Math.cos((Math.PI / 2) * Math.min(1, Math.max(0, (frequency - 0.3) / 0.2))) ** 2;

/**
 * What the inverse of a blur adds to a picture: [taps, taps], row by row, sum 0 (a flat picture stays as it is), tapered to nothing at its border.
 */
export function inverseFilter({ response, smoothness }: Candidate, taps: number): Float32Array {
  const axis = Array.from({ length: FREQUENCIES }, (_, i) => (i - FREQUENCIES / 2) / FREQUENCIES);
  const difference = (f: number) => 4 * Math.sin(Math.PI * f) ** 2;
  const gain = (fx: number, fy: number) => {
    const blur = response(fx, fy);
    return (
      (blur / (blur * blur + smoothness * (difference(fx) + difference(fy)) + 1e-6) - 1) * passBand(Math.hypot(fx, fy))
    );
  };
  const radius = (taps - 1) / 2;
  const places = Array.from({ length: taps }, (_, i) => i - radius);
  const flat = (place: number) => Math.min(1, Math.max(0, (radius + 1 - Math.abs(place)) / (0.4 * (radius + 1))));
  const taper = (place: number) => Math.sin((Math.PI / 2) * flat(place)) ** 2;
  // The response is even, so its transform is real: cos(a + b) = cos a cos b - sin a sin b, one axis after the other.
  const rows = axis.map((fy) => {
    const gains = axis.map((fx) => gain(fx, fy));
    return places.map((x) => [
      gains.reduce((sum, value, i) => sum + value * Math.cos(2 * Math.PI * axis[i]! * x), 0),
      gains.reduce((sum, value, i) => sum + value * Math.sin(2 * Math.PI * axis[i]! * x), 0),
    ]);
  });
  const filter = places.flatMap((y) =>
    places.map((x, column) => {
      const total = rows.reduce((sum, row, i) => {
        const [even, odd] = row[column] as [number, number];
        const phase = 2 * Math.PI * axis[i]! * y;
        return sum + even * Math.cos(phase) - odd * Math.sin(phase);
      }, 0);
      return (total / FREQUENCIES ** 2) * taper(x) * taper(y);
    }),
  );
  const tapers = places.flatMap((y) => places.map((x) => taper(x) * taper(y)));
  const excess = filter.reduce((a, b) => a + b, 0) / tapers.reduce((a, b) => a + b, 0);
  return Float32Array.from(filter, (value, i) => value - excess * tapers[i]!);
}

/**
 * @file Inverse filters for candidate motions: what linear motion of each of some directions and lengths blurred, the Wiener filter of that motion
 * sharpens (Wiener 1949; with a flat signal-to-noise ratio). A network that sees all candidates, or weighs them pixel by pixel, need
 * not learn to deconvolve: only which motion it was. Fixed numbers, not learnt; a plain convolution on the engine.
 */
import { z } from "zod";
import { constant } from "../graph/ops/constant.js";
import { conv2d } from "../graph/ops/conv2d.js";
import type { Tensor } from "../graph/tensor.js";

export const deconvolutionBankSchema = z.strictObject({
  directions: z.int().positive().default(12).describe("directions of motion, evenly over half a turn"),
  lengthsPx: z
    .array(z.number().min(1))
    .min(1)
    .default([2.5, 4.5, 7.5, 12])
    .describe("lengths of motion, in pixels of the unshuffled image"),
  taps: z
    .int()
    .min(3)
    .refine((taps) => taps % 2 === 1, "an odd number")
    .default(31)
    .describe("side of the filters, odd"),
  noise: z.number().positive().default(0.02).describe("noise power against the signal's, the same at all frequencies"),
});
export type DeconvolutionBankConfig = z.infer<typeof deconvolutionBankSchema>;

/** Frequencies along each axis at which a filter is designed; a filter wraps around after as many pixels. */
const FREQUENCIES = 64;

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** 1 to 0.3 cycles per pixel, 0 from 0.5 on: no sharpening where the grid of pixels has no direction left. */
const passBand = (frequency: number): number =>
  Math.cos((Math.PI / 2) * Math.min(1, Math.max(0, (frequency - 0.3) / 0.2))) ** 2;

/**
 * What the Wiener filter of a motion along `angle` (radians) adds to an image: [taps, taps], row by row, sum 0 (a flat image stays as it is),
 * tapered to nothing at its border.
 */
export function sharpeningFilter(
  angle: number,
  lengthPx: number,
  { taps, noise }: Pick<DeconvolutionBankConfig, "taps" | "noise">,
): Float32Array {
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const axis = Array.from({ length: FREQUENCIES }, (_, i) => (i - FREQUENCIES / 2) / FREQUENCIES);
  const response = (fx: number, fy: number) => {
    const blur = sinc(lengthPx * (fx * dx + fy * dy));
    return ((blur * (1 + noise)) / (blur * blur + noise) - 1) * passBand(Math.hypot(fx, fy));
  };
  const responses = axis.map((fy) => axis.map((fx) => response(fx, fy)));
  const radius = (taps - 1) / 2;
  const places = Array.from({ length: taps }, (_, i) => i - radius);
  const taper = (place: number) => Math.cos((Math.PI / 2) * (place / (radius + 1))) ** 2;
  // The response is even, so its transform is real: cos(a + b) = cos a cos b - sin a sin b, one axis after the other.
  const rows = responses.map((row) =>
    places.map((x) => [
      row.reduce((sum, value, i) => sum + value * Math.cos(2 * Math.PI * axis[i]! * x), 0),
      row.reduce((sum, value, i) => sum + value * Math.sin(2 * Math.PI * axis[i]! * x), 0),
    ]),
  );
  const filter = places.flatMap((y) =>
    places.map((x, column) => {
      const sum = rows.reduce((total, row, i) => {
        const [even, odd] = row[column] as [number, number];
        const phase = 2 * Math.PI * axis[i]! * y;
        return total + even * Math.cos(phase) - odd * Math.sin(phase);
      }, 0);
      return (sum / FREQUENCIES ** 2) * taper(x) * taper(y);
    }),
  );
  const tapers = places.flatMap((y) => places.map((x) => taper(x) * taper(y)));
  const excess = filter.reduce((a, b) => a + b, 0) / tapers.reduce((a, b) => a + b, 0);
  return Float32Array.from(filter, (value, i) => value - excess * tapers[i]!);
}

export interface DeconvolutionBank {
  /** Candidates, directions x lengths. */
  readonly count: number;
  /** In pixels of the image it is given. */
  readonly reachPx: number;
  /** luma: [N, 1, H, W] -> what each candidate adds to it, [N, count, H, W]; beyond the border all is mid grey. */
  candidates(luma: Tensor): Tensor;
}

export function deconvolutionBank(config: DeconvolutionBankConfig): DeconvolutionBank {
  const { directions, lengthsPx, taps } = config;
  const count = directions * lengthsPx.length;
  const filters = new Float32Array(count * taps * taps);
  for (let d = 0; d < directions; d++)
    for (const [l, lengthPx] of lengthsPx.entries())
      filters.set(
        sharpeningFilter((Math.PI * d) / directions, lengthPx, config),
        (d * lengthsPx.length + l) * taps * taps,
      );
  const reachPx = (taps - 1) / 2;
  const weight = constant(filters, [count, 1, taps, taps]);
  return { count, reachPx, candidates: (luma) => conv2d(luma, weight, null, { padding: reachPx }) };
}

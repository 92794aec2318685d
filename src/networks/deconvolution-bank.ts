/**
 * @file Inverse filters for candidate motions: what linear motion of each of some directions and lengths blurred, the Wiener filter of that motion
 * sharpens (Wiener 1949; with a flat signal-to-noise ratio). A network that sees all candidates, or weighs them pixel by pixel, need
 * not learn to deconvolve: only which motion it was. Fixed numbers, not learnt; a plain convolution on the engine.
 */
import { z } from "zod";
import { constant } from "../graph/ops/constant.js";
import { conv2d } from "../graph/ops/conv2d.js";
import type { Tensor } from "../graph/tensor.js";
import { filterOf, passBand, sinc } from "./filter-design.js";

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

/** Along each axis; twice the widest filter and more. */
const FREQUENCIES = 64;

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
  const radius = (taps - 1) / 2;
  return filterOf(
    (fx, fy) => {
      const blur = sinc(lengthPx * (fx * dx + fy * dy));
      return ((blur * (1 + noise)) / (blur * blur + noise) - 1) * passBand(Math.hypot(fx, fy));
    },
    { taps, frequencies: FREQUENCIES, taper: (place) => Math.cos((Math.PI / 2) * (place / (radius + 1))) ** 2 },
  );
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

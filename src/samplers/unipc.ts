/**
 * @file UniPC (Zhao et al. 2023): DPM-Solver's step as the predictor. Before each new step a corrector repeats the last
 * one with the newest output, one order higher and without another evaluation.
 */
import * as z from "zod";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { type Estimate, estimateOf, isPlainStep, lambdaOf, orderOfStep, remembered, weightedSum } from "./multistep.js";
import type { Sampler } from "./sampling.js";
import { applyUpdate } from "./update.js";
import { walk } from "./walk.js";

export const unipcSchema = z.strictObject({
  kind: z.literal("unipc"),
  order: z.int().min(1).max(3).default(2).describe("order of the predictor; the corrector's is one higher"),
  target: z
    .enum(["x0", "eps"])
    .default("x0")
    .describe("quantity that is assumed to change slowly: the image or the noise"),
  weighting: z.enum(["bh1", "bh2"]).default("bh2").describe("B(h) of the paper: h, or exp(h) - 1"),
  lowerAtEnd: z.boolean().default(true).describe("use lower orders in the last steps"),
});
export type UnipcOptions = z.infer<typeof unipcSchema>;

/** Solves a small linear system by Gaussian elimination with pivoting. a: rows. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= column && Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? i : best),
      column,
    );
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i]![column]! / rows[column]![column]!;
      for (let j = column; j <= n; j++) rows[i]![j]! -= factor * rows[column]![j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

interface Step {
  readonly from: NoiseLevel;
  readonly to: NoiseLevel;
  /** Newest first: the estimate at `from`, then earlier ones. */
  readonly known: readonly Estimate[];
  readonly order: number;
}

/**
 * x at `to` from x at `from`, as a weight of x and a sum over estimates (eqs. 3 and 9). With `next`, the output at
 * `to`, it is the corrector.
 */
function stepOf({ from, to, known, order }: Step, { target, weighting }: UnipcOptions, next: Float32Array | null) {
  const [now, ...earlier] = known.slice(0, order) as [Estimate, ...Estimate[]];
  const h = lambdaOf(to) - now.lambda;
  const [scale, hh, x] =
    target === "x0" ? [to.signal, -h, to.noise / from.noise] : [to.noise, h, to.signal / from.signal];
  const growth = Math.expm1(hh);
  const by = weighting === "bh1" ? hh : growth;
  // Positions of the other outputs, in steps from the newest; the output at `to` is at 1.
  const places = [...earlier.map(({ lambda }) => (lambda - now.lambda) / h), ...(next ? [1] : [])];
  const others = [...earlier.map(({ values }) => values), ...(next ? [next] : [])];
  const shares = sharesOf(places, hh, by);
  const terms = others.map((values, i): [number, Float32Array] => [(-scale * by * shares[i]!) / places[i]!, values]);
  const ofNow = -scale * growth - terms.reduce((sum, [weight]) => sum + weight, 0);
  return { x, sum: weightedSum([[ofNow, now.values], ...terms]) };
}

/**
 * Weights of the difference quotients, which integrate powers up to their number exactly (eq. 5). A single one counts
 * half.
 */
function sharesOf(places: readonly number[], hh: number, by: number): number[] {
  if (places.length <= 1) return places.map(() => 0.5);
  const right: number[] = [];
  let [phi, factorial] = [Math.expm1(hh) / hh - 1, 1];
  for (let k = 1; k <= places.length; k++) {
    right.push((phi * factorial) / by);
    factorial *= k + 1;
    phi = phi / hh - 1 / factorial;
  }
  return solve(
    right.map((_, k) => places.map((place) => place ** k)),
    right,
  );
}

/** See `Sampler` for the ownership of arrays. Also holds as many estimates as its order, and x before the last step. */
export const unipc: Sampler<UnipcOptions> = (denoise, x, levels, _noise, options) => {
  const total = levels.length - 1;
  let known: readonly Estimate[] = [];
  let last: (Step & { readonly x: Float32Array }) | null = null;
  return walk("unipc", denoise, x, levels, (denoised, from, to, index, where) => {
    const { signal } = to;
    const now = estimateOf(where, from.signal === 0 ? "x0" : options.target, x, denoised, from);
    if (last) {
      const { x: weight, sum } = stepOf(last, options, now.values);
      const before = last.x;
      for (let i = 0; i < x.length; i++) x[i] = weight * before[i]! + sum[i]!;
    }
    known = remembered(now, known);
    const order = orderOfStep(options.order, { known, to, left: total - index }, options.lowerAtEnd);
    const plain = isPlainStep(from, to);
    const step: Step = { from, to, known, order };
    last = plain || index + 1 === total ? null : { ...step, x: x.slice() };
    const { x: weight, sum } = plain
      ? { x: to.noise / from.noise, sum: denoised.map((value) => signal * value) }
      : stepOf(step, options, null);
    applyUpdate(where, x, sum, { x0: 1, xt: weight, noise: 0 }, () => sum);
    known = known.slice(0, options.order);
    return undefined;
  });
};

/**
 * @file Deconvolution with a known kernel by conjugate gradients, inside a network: pixels that violate the blur model
 * weigh less, and the result's gradients are drawn towards given ones.
 */
import { add, div, mul, type Operand, sub } from "../../graph/ops/arithmetic.js";
import { matrixOf } from "../../graph/ops/axis-matrix.js";
import { deferredConstant } from "../../graph/ops/constant.js";
import { conjugate, fft2, inverseRealFft2, type Spectrum, spectrumProduct } from "../../graph/ops/fourier.js";
import { sum } from "../../graph/ops/reduce.js";
import { concat, slice } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { transferFunction } from "./wiener.js";

/** Values moved by one pixel along an axis of a periodic picture: the next one of each, or the one before. */
function neighbour(x: Tensor, axis: 2 | 3, which: "next" | "before"): Tensor {
  const length = x.shape[axis]!;
  return which === "next"
    ? concat([slice(x, axis, 1, length), slice(x, axis, 0, 1)], axis)
    : concat([slice(x, axis, length - 1, length), slice(x, axis, 0, length - 1)], axis);
}

/** Differences to the next pixel of a periodic picture, across and down: [N, C, H, W] -> twice the same. */
export const differences = (x: Tensor): readonly [across: Tensor, down: Tensor] => [
  sub(neighbour(x, 3, "next"), x),
  sub(neighbour(x, 2, "next"), x),
];

/** The adjoint of `differences`. */
const adjointDifferences = ([across, down]: readonly [Tensor, Tensor]): Tensor =>
  add(sub(neighbour(across, 3, "before"), across), sub(neighbour(down, 2, "before"), down));

/** Squared gain of `differences` at each frequency of a one-sided spectrum: [1, 1, height, width / 2 + 1]. */
function differencePower(height: number, width: number): Tensor {
  const columns = Math.floor(width / 2) + 1;
  const gain = (index: number, period: number): number => 2 - 2 * Math.cos((2 * Math.PI * index) / period);
  return deferredConstant(
    () => Float32Array.from(matrixOf(height, columns, (u, v) => gain(u, height) + gain(v, width)).data),
    [1, 1, height, columns],
  );
}

const spectrumOf = (x: Tensor): Spectrum => fft2(x, { onesided: true });

/** The operators of a kernel K [N, 1, k, k] that sums to 1, on periodic pictures of height x width. */
export interface Deconvolution {
  /** K x. */
  readonly blur: (x: Tensor) => Tensor;
  /** K^T x. */
  readonly adjoint: (x: Tensor) => Tensor;
  /** K^T M K x + lambda D^T D x, periodic. */
  readonly normal: (x: Tensor, confidence: Tensor, lambda: Operand) => Tensor;
}

export function deconvolutionBy(kernel: Tensor, height: number, width: number): Deconvolution {
  const transfer = transferFunction(kernel, height, width);
  const back = conjugate(transfer);
  const power = differencePower(height, width);
  const picture = (spectrum: Spectrum): Tensor => inverseRealFft2(spectrum, width);
  return {
    blur: (x) => picture(spectrumProduct(transfer, spectrumOf(x))),
    adjoint: (x) => picture(spectrumProduct(back, spectrumOf(x))),
    normal(x, confidence, lambda) {
      const spectrum = spectrumOf(x);
      const seen = mul(picture(spectrumProduct(transfer, spectrum)), confidence);
      const data = spectrumProduct(back, spectrumOf(seen));
      const smooth = mul(power, lambda);
      return picture({ re: add(data.re, mul(spectrum.re, smooth)), im: add(data.im, mul(spectrum.im, smooth)) });
    },
  };
}

export interface WeightedProblem {
  /** Blurry picture, [N, C, H, W]. */
  readonly blurry: Tensor;
  /** M: 1 where the blur model holds, 0 where a pixel says nothing; of the picture's shape or with one channel. */
  readonly confidence: Tensor;
  /** Gradients z that those of the result are drawn to, as `differences` gives them. */
  readonly gradients: readonly [Tensor, Tensor];
  /** Weight of the gradients, a number or [N, 1, 1, 1]. */
  readonly lambda: Operand;
}

/** Keeps a quotient finite where nothing is left to solve. */
const TINY = 1e-12;

/**
 * Minimises sum M (k * x - y)^2 + lambda sum |D x - z|^2 from `start` in `steps` steps of conjugate gradients: x, [N, C,
 * H, W]. The picture is periodic. Each picture of the batch has its own step lengths.
 */
export function solveWeighted(
  deconvolution: Deconvolution,
  { blurry, confidence, gradients, lambda }: WeightedProblem,
  start: Tensor,
  steps: number,
): Tensor {
  const normal = (x: Tensor) => deconvolution.normal(x, confidence, lambda);
  const inner = (a: Tensor, b: Tensor) => sum(mul(a, b), { axes: [1, 2, 3], keepDims: true });
  const right = add(deconvolution.adjoint(mul(confidence, blurry)), mul(adjointDifferences(gradients), lambda));
  let x = start;
  let residual = sub(right, normal(x));
  let direction = residual;
  let power = inner(residual, residual);
  for (let step = 0; step < steps; step++) {
    const applied = normal(direction);
    const length = div(power, add(inner(direction, applied), TINY));
    x = add(x, mul(direction, length));
    if (step + 1 === steps) break;
    residual = sub(residual, mul(applied, length));
    const next = inner(residual, residual);
    direction = add(residual, mul(direction, div(next, add(power, TINY))));
    power = next;
  }
  return x;
}

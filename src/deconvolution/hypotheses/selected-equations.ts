/**
 * @file Normal equations of a kernel from a selection of the gradients: strong edges that clipped light has not
 * reached.
 */
import { aroundOrigin, correlatedPx, faded, type NormalEquations } from "../../blur/kernel-equations.js";
import type { Planes } from "../../images/image.js";
import { fastMatrix } from "../fast-equations.js";
import { closeSideFor, type Fourier } from "../fourier.js";
import type { HeapFloats, HeapScope } from "../heap.js";

export interface SelectedEquationsOptions {
  readonly reachPx: number;
  /** Share of a side that fades out at each end. */
  readonly fade: number;
  /** [1, H, W]: weights of the pixels' gradients in both pictures; null for 1. */
  readonly keep: Planes | null;
}

/**
 * Returns a function from a sharp picture to the equations of the kernel between it and the blurry picture [1, H, W],
 * from the gradients whose square is at least `least`; null if there are none. Valid while `scope` lives. The equations
 * of a sharp picture are valid until those of the next one are computed.
 */
export function selectedEquations(
  blurry: Planes,
  { reachPx, fade, keep }: SelectedEquationsOptions,
  fourier: Fourier,
  scope: HeapScope,
): (sharp: Planes, least: number) => NormalEquations | null {
  const transform = fourier.complex(closeSideFor(correlatedPx(blurry, reachPx)));
  const { size } = transform;
  const { wasm } = fourier.heap;
  const { width, height } = blurry;
  const allocated = (values: ArrayLike<number>): HeapFloats => {
    const floats = scope.floats(values.length);
    floats.view().set(values);
    return floats;
  };
  const [across, down] = [width - 1, height - 1].map((side) =>
    allocated(fade > 0 ? faded(side, fade) : new Float64Array(side).fill(1)),
  ) as [HeapFloats, HeapFloats]; // prettier-ignore
  const weights = keep ? allocated(keep.data).at : 0;
  const picture = scope.floats(width * height);
  const [observed, own, products] = [0, 1, 2].map(() => scope.floats(2 * size * size)) as [
    HeapFloats,
    HeapFloats,
    HeapFloats,
  ]; // prettier-ignore
  const gradientSpectrum = ({ data }: Planes, block: HeapFloats, least: number): number => {
    picture.view().set(data);
    const count = wasm.selectedGradients(
      ...([picture.at, weights, width, height, across.at, down.at, block.at, size, least] as const),
    );
    transform.transform(block, "forward");
    return count;
  };
  gradientSpectrum(blurry, observed, 0);
  const [wide, narrow] = [aroundOrigin(2 * reachPx, size), aroundOrigin(reachPx, size)];
  const matrix = fastMatrix(fourier, scope, reachPx);
  const scale = 1 / size ** 2;
  return (sharp, least) => {
    if (gradientSpectrum(sharp, own, least) === 0) return null;
    wasm.correlateGradients(own.at, observed.at, products.at, size);
    transform.transform(products, "backward");
    const values = products.view();
    const correlation = Float32Array.from(wide, (at) => scale * values[2 * at]!);
    const target = Float64Array.from(narrow, (at) => scale * values[2 * at + 1]!);
    return { target, power: scale * values[0]!, ...matrix(correlation) };
  };
}

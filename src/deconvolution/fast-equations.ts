/** @file Normal equations of a kernel in single precision, by the WebAssembly of `wasm-kernels/kernel-fit.ts`. */
import {
  aroundOrigin,
  correlatedPx,
  faded,
  inCorner,
  type KernelEquations,
  multipliedPx,
  type NormalEquations,
} from "../blur/kernel-equations.js";
import type { Planes } from "../images/image.js";
import { type Fourier, sideFor } from "./fourier.js";
import type { HeapFloats, HeapScope } from "./heap.js";

/**
 * Single-precision version of `exactEquations`, valid while `scope` lives. The equations of a sharp picture are valid
 * until those of the next one are computed.
 */
export const fastEquations =
  (fourier: Fourier, scope: HeapScope): KernelEquations =>
  (blurry, reachPx) => {
    const transform = fourier.complex(sideFor(correlatedPx(blurry, reachPx)));
    const { size } = transform;
    const { wasm } = fourier.heap;
    const { width, height } = blurry;
    const [across, down] = [width - 1, height - 1].map((side) => {
      const weights = scope.floats(side);
      weights.view().set(faded(side));
      return weights;
    });
    const picture = scope.floats(width * height);
    const [observed, own, products] = [0, 1, 2].map(() => scope.floats(2 * size * size));
    const gradientSpectrum = ({ data }: Planes, block: HeapFloats) => {
      picture.view().set(data);
      wasm.gradientBlock(picture.at, width, height, across!.at, down!.at, block.at, size);
      transform.transform(block, "forward");
    };
    gradientSpectrum(blurry, observed!);
    const [wide, narrow] = [aroundOrigin(2 * reachPx, size), aroundOrigin(reachPx, size)];
    const matrix = fastMatrix(fourier, scope, reachPx);
    return (sharp) => {
      gradientSpectrum(sharp, own!);
      wasm.correlateGradients(own!.at, observed!.at, products!.at, size);
      transform.transform(products!, "backward");
      const values = products!.view();
      const scale = 1 / size ** 2;
      const correlation = Float32Array.from(wide, (at) => scale * values[2 * at]!);
      const target = Float64Array.from(narrow, (at) => scale * values[2 * at + 1]!);
      return { target, power: scale * values[0]!, ...matrix(correlation) };
    };
  };

/**
 * Matrices of a kernel's normal equations, for one sharp picture after the other, from the picture's autocorrelation up
 * to two reaches.
 */
export function fastMatrix({ real, heap }: Fourier, scope: HeapScope, reachPx: number) {
  const transform = real(sideFor(multipliedPx(reachPx)));
  const { size, frequencies } = transform;
  const block = scope.floats(size * size);
  const [gain, spectrum] = [scope.floats(2 * frequencies), scope.floats(2 * frequencies)];
  const [wide, places] = [aroundOrigin(2 * reachPx, size), inCorner(reachPx, size)];
  const multiply = (kernel: Float64Array, product: Float64Array): void => {
    const values = block.view().fill(0);
    for (let i = 0; i < kernel.length; i++) values[places[i]!] = kernel[i]!;
    transform.forward(block, spectrum);
    heap.wasm.scaleByReal(spectrum.at, gain.at, frequencies); // real, because an autocorrelation is symmetric
    transform.inverse(spectrum, block);
    for (let i = 0; i < product.length; i++) product[i] = values[places[i]!]!;
  };
  return (correlation: Float32Array): Pick<NormalEquations, "multiply" | "bound"> => {
    const values = block.view().fill(0);
    for (let i = 0; i < wide.length; i++) values[wide[i]!] = correlation[i]!;
    transform.forward(block, gain);
    const gains = gain.view();
    const scale = 1 / size ** 2; // the inverse transform multiplies by size^2
    let bound = 0;
    for (let i = 0; i < gains.length; i += 2) {
      bound = Math.max(bound, Math.abs(gains[i]!));
      gains[i] = scale * gains[i]!;
    }
    return { multiply, bound };
  };
}

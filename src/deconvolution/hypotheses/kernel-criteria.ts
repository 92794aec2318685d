/**
 * @file Scores a kernel by its result. A sharp photo has sparse gradients (Krishnan, Tay and Fergus 2011), and the
 * right result, blurred again, reproduces the photo. Neither criterion is enough alone: no blur at all explains every
 * photo, and a wrong kernel draws strong edges.
 */
import type { Kernel } from "../../blur/kernel.js";
import { type LightCurve, unitFromLight } from "../../blur/light.js";
import type { Planes } from "../../images/image.js";
import type { Fourier } from "../fourier.js";
import { closeSideFor } from "../fourier.js";
import { GradientSplitting } from "../gradient-splitting.js";
import { periodicBlock } from "../periodic-block.js";
import { solveTotalVariation } from "./total-variation.js";

export interface KernelCriteria {
  /** Logarithm of the gradients' mean over their root mean square, in encoded values. Lower is sharper. */
  readonly sparsity: number;
  /** Logarithm of the mean squared difference between the photo and the reblurred result, in encoded values of 255. */
  readonly residual: number;
}

/** Weight of the residual in the score. */
const RESIDUAL_WEIGHT = 0.5;
/** Border in pixels that is left out at each side, because both criteria are unreliable there. */
const BORDER_PX = 15;
/** Gap that makes the window periodic; the same for all kernels, so that they are comparable. */
const GAP_PX = 88;
/** Lower limit of the residual, less than rounding to 8 bits leaves. */
const MIN_RESIDUAL = 1e-3;

/** Lower is better. Comparable between kernels of one photo, not between photos. */
export const scoreOf = ({ sparsity, residual }: KernelCriteria): number => sparsity + RESIDUAL_WEIGHT * residual;

/**
 * Returns the criteria of a kernel, measured on one window of light [1, H, W]; `keep` masks pixels that clipped light
 * has reached.
 */
export function kernelCriteria(
  { observed, keep, curve }: { readonly observed: Planes; readonly keep: Planes | null; readonly curve: LightCurve },
  fourier: Fourier,
): (kernel: Kernel) => KernelCriteria {
  const { width, height } = observed;
  const size = closeSideFor(Math.max(width, height) + GAP_PX);
  const block = periodicBlock(observed, 0, size);
  const border = Math.min(BORDER_PX, Math.floor(Math.min(width, height) / 8));
  /** Encoded values, 0 to 1, of the window in a block. */
  const valuesOf = (light: Float32Array): Planes => {
    const [w, h] = [width - 2 * border, height - 2 * border];
    const data = new Float32Array(w * h);
    for (let y = 0, to = 0; y < h; y++)
      for (let x = 0, from = (y + border) * size + border; x < w; x++, to++)
        data[to] = Math.min(1, Math.max(0, light[from + x]!));
    const planes = { width: w, height: h, channels: 1, data };
    return unitFromLight(planes, curve, data);
  };
  const photo = valuesOf(block);
  return (kernel) => {
    using scope = fourier.heap.scope();
    const splitting = new GradientSplitting(fourier.real(size), scope);
    splitting.observe(block);
    splitting.use(kernel);
    const sparsity = Math.log(sparsityOf(valuesOf(solveTotalVariation(splitting))));
    const again = valuesOf(splitting.reblur());
    let [sum, count] = [0, 0];
    for (let i = 0; i < again.data.length; i++) {
      const at = (Math.floor(i / again.width) + border) * width + (i % again.width) + border;
      if (keep && keep.data[at] === 0) continue;
      sum += (255 * (again.data[i]! - photo.data[i]!)) ** 2;
      count++;
    }
    return { sparsity, residual: Math.log(Math.max(sum / Math.max(count, 1), MIN_RESIDUAL)) };
  };
}

function sparsityOf({ width, height, data }: Planes): number {
  let [absolute, squared] = [0, 0];
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0, at = y * width; x + 1 < width; x++, at++) {
      const [right, below] = [data[at + 1]! - data[at]!, data[at + width]! - data[at]!];
      absolute += Math.abs(right) + Math.abs(below);
      squared += right * right + below * below;
    }
  const count = 2 * (width - 1) * (height - 1);
  return squared > 0 ? absolute / count / Math.sqrt(squared / count) : 1;
}

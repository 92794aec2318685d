/** @file Kernels given by a formula (Gaussian, straight motion, defocus), and a kernel read from a picture. */
import { argumentError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { greyPlanes, planesFromRaster } from "../images/pixels.js";
import { blankKernel, type Kernel, normalisedKernel, splat } from "./kernel.js";

/** MATLAB's fspecial("gaussian", size, sigma): values below eps times the largest are set to 0, the rest sums to 1. */
export function gaussianKernel(size: number, blurSigmaPx: number): Kernel {
  if (!Number.isInteger(size) || size < 1)
    throw argumentError("gaussianKernel", "size must be a positive integer", size);
  if (!(blurSigmaPx > 0)) throw argumentError("gaussianKernel", "blurSigmaPx must be positive", blurSigmaPx);
  const middle = (size - 1) / 2;
  const data = Float64Array.from({ length: size * size }, (_, i) => {
    const x = (i % size) - middle;
    const y = Math.floor(i / size) - middle;
    return Math.exp(-(x * x + y * y) / (2 * blurSigmaPx * blurSigmaPx));
  });
  const smallest = Number.EPSILON * data.reduce((a, b) => Math.max(a, b));
  return normalisedKernel(
    { width: size, height: size, data: data.map((value) => (value < smallest ? 0 : value)) },
    "gaussianKernel",
  );
}

/** Reach beyond which a Gaussian is below 1/255 of its peak: 3.33 sigma. */
export const gaussianReach = (blurSigmaPx: number): number => Math.ceil(blurSigmaPx * Math.sqrt(2 * Math.log(255)));

/** Samples per pixel of path. */
const SAMPLES_PER_PX = 64;

/** Uniform motion along a line of `lengthPx`, `angleDeg` counter-clockwise from the right; centred. */
export function linearMotionKernel(lengthPx: number, angleDeg: number): Kernel {
  if (!(lengthPx >= 0)) throw argumentError("linearMotionKernel", "lengthPx must not be negative", lengthPx);
  const kernel = blankKernel(Math.ceil(lengthPx / 2) + 1);
  const centre = kernel.width >> 1;
  const samples = Math.max(1, Math.round(lengthPx * SAMPLES_PER_PX));
  const angle = (angleDeg * Math.PI) / 180;
  for (let i = 0; i < samples; i++) {
    const along = ((i + 0.5) / samples - 0.5) * lengthPx;
    splat(kernel, centre + along * Math.cos(angle), centre - along * Math.sin(angle), 1); // rows go down
  }
  return normalisedKernel(kernel, "linearMotionKernel");
}

/** Samples per pixel and axis of the disc's edge. */
const SUBPIXELS = 16;

/** The disc that a lens out of focus makes of a point; the weight of a pixel is the share of it inside the disc. */
export function defocusKernel(radiusPx: number): Kernel {
  if (!(radiusPx > 0)) throw argumentError("defocusKernel", "radiusPx must be positive", radiusPx);
  const kernel = blankKernel(Math.ceil(radiusPx));
  const centre = kernel.width >> 1;
  kernel.data.forEach((_, i) => {
    let inside = 0;
    for (let sub = 0; sub < SUBPIXELS * SUBPIXELS; sub++) {
      const x = (i % kernel.width) - centre + ((sub % SUBPIXELS) + 0.5) / SUBPIXELS - 0.5;
      const y = Math.floor(i / kernel.width) - centre + (Math.floor(sub / SUBPIXELS) + 0.5) / SUBPIXELS - 0.5;
      if (x * x + y * y <= radiusPx * radiusPx) inside++;
    }
    kernel.data[i] = inside;
  });
  return normalisedKernel(kernel, "defocusKernel");
}

/** A kernel from a picture: white lets all light through, black none. Colours are averaged. */
export function kernelFromRaster(raster: Raster): Kernel {
  const { width, height, data } = greyPlanes(planesFromRaster(raster, "unit"));
  return normalisedKernel({ width, height, data: Float64Array.from(data) }, "kernelFromRaster");
}

/** The kernel of a Gaussian on as many pixels as `gaussianReach` says. */
export const wholeGaussian = (sigma: number): Kernel => gaussianKernel(2 * gaussianReach(sigma) + 1, sigma);

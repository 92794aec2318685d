/**
 * @file Correlation by Fourier transform in square blocks (overlap-save), so that memory does not grow with the
 * picture.
 */
import type { Planes } from "../images/image.js";
import { ExactBlockTransform } from "./block-transform.js";
import type { Kernel } from "./kernel.js";
import { powerOfTwo } from "./line-transform.js";

/** Side of a block: four times the kernel's, of which three give results, or the whole picture if that is smaller. */
function blockSize(planes: Planes, kernel: Kernel): number {
  const picture = powerOfTwo(Math.max(planes.width, planes.height));
  return Math.max(2, Math.min(picture, powerOfTwo(4 * Math.max(kernel.width, kernel.height))));
}

/** Cost in nanoseconds, roughly, in the unit of `convolve`'s `directCost`. */
export function fftCost(planes: Planes, kernel: Kernel): number {
  const size = blockSize(planes, kernel);
  const blocks =
    Math.ceil((planes.width - kernel.width + 1) / (size - kernel.width + 1)) *
    Math.ceil((planes.height - kernel.height + 1) / (size - kernel.height + 1));
  return (1 + 2 * blocks * Math.ceil(planes.channels / 2)) * size * size * (2.8 * Math.log2(size) + 8);
}

/** block *= conjugate of spectrum: the product of a correlation; without the conjugate it is a convolution. */
function multiplyByConjugate(block: Float64Array, spectrum: Float64Array): void {
  for (let i = 0; i < block.length; i += 2) {
    const [a, b, c, d] = [block[i]!, block[i + 1]!, spectrum[i]!, spectrum[i + 1]!];
    block[i] = a * c + b * d;
    block[i + 1] = b * c - a * d;
  }
}

/** out[i] = sum_j w[j] in[i + j]. [C, H, W] -> [C, H - kernel.height + 1, W - kernel.width + 1]. In float64. */
export function fftCorrelateValid(planes: Planes, kernel: Kernel): Planes {
  const size = blockSize(planes, kernel);
  const transform = new ExactBlockTransform(size);
  const spectrum = new Float64Array(2 * size * size);
  kernel.data.forEach((weight, i) => {
    spectrum[2 * (Math.floor(i / kernel.width) * size + (i % kernel.width))] = weight;
  });
  transform.forward(spectrum);
  const width = planes.width - kernel.width + 1;
  const height = planes.height - kernel.height + 1;
  const out = { width, height, channels: planes.channels, data: new Float32Array(planes.channels * width * height) };
  const [stepX, stepY] = [size - kernel.width + 1, size - kernel.height + 1];
  const block = new Float64Array(2 * size * size);
  // The kernel is real, so two channels can share one transform as its real and imaginary parts without mixing.
  for (let channel = 0; channel < planes.channels; channel += 2)
    for (let top = 0; top < height; top += stepY)
      for (let left = 0; left < width; left += stepX) {
        block.fill(0);
        const parts = channel + 1 < planes.channels ? [0, 1] : [0];
        for (const part of parts) readBlock(planes, channel + part, left, top, block, size, part);
        transform.forward(block);
        multiplyByConjugate(block, spectrum);
        transform.inverse(block);
        for (const part of parts) writeBlock(out, channel + part, left, top, block, size, part, stepX, stepY);
      }
  return out;
}

function readBlock(
  { width, height, data }: Planes,
  channel: number,
  left: number,
  top: number,
  block: Float64Array,
  size: number,
  part: number,
): void {
  const columns = Math.min(size, width - left);
  for (let y = 0; y < Math.min(size, height - top); y++) {
    const from = (channel * height + top + y) * width + left;
    for (let x = 0, to = 2 * y * size + part; x < columns; x++, to += 2) block[to] = data[from + x]!;
  }
}

function writeBlock(
  { width, height, data }: Planes,
  channel: number,
  left: number,
  top: number,
  block: Float64Array,
  size: number,
  part: number,
  stepX: number,
  stepY: number,
): void {
  const columns = Math.min(stepX, width - left);
  for (let y = 0; y < Math.min(stepY, height - top); y++) {
    const to = (channel * height + top + y) * width + left;
    for (let x = 0, from = 2 * y * size + part; x < columns; x++, from += 2) data[to + x] = block[from]!;
  }
}

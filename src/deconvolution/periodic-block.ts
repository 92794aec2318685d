/** @file Makes a picture periodic without an edge, which convolution by Fourier transforms assumes. */

import { shapeError } from "../base/errors.js";
import { smoothstep } from "../base/smoothstep.js";
import type { Planes } from "../images/image.js";

/**
 * Copies one channel of a picture to the upper left of a block [size, size]. The rest passes smoothly from the last row
 * or column to the first, so that the block is periodic. This gap should be wider than twice a kernel's reach.
 * Overwrites all of `block`.
 */
export function periodicBlock(
  { width, height, data }: Planes,
  channel: number,
  size: number,
  block: Float32Array = new Float32Array(size * size),
): Float32Array {
  if (width > size || height > size)
    throw shapeError("periodicBlock", `a picture within ${size}x${size}`, [height, width]);
  const plane = channel * width * height;
  for (let y = 0; y < height; y++) {
    const [from, to] = [plane + y * width, y * size];
    for (let x = 0; x < width; x++) block[to + x] = data[from + x]!;
    const [first, last] = [block[to]!, block[to + width - 1]!];
    for (let x = width; x < size; x++) {
      const share = smoothstep((x - width + 1) / (size - width + 1), 0, 1);
      block[to + x] = last + share * (first - last);
    }
  }
  const lastRow = (height - 1) * size;
  for (let y = height; y < size; y++) {
    const share = smoothstep((y - height + 1) / (size - height + 1), 0, 1);
    for (let x = 0; x < size; x++)
      block[y * size + x] = block[lastRow + x]! + share * (block[x]! - block[lastRow + x]!);
  }
  return block;
}

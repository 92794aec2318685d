/** @file A picture laid into a block that repeats itself without an edge, as convolution by Fourier transforms takes it to. */
import { shapeError } from "../base/errors.js";
import type { Planes } from "../images/image.js";

const smooth = (t: number): number => t * t * (3 - 2 * t);

/**
 * One channel of a picture in the upper left of a block [size, size]. What is left passes smoothly from its last row or column to its
 * first, so that the block joins on to itself; it should be wider than twice the reach of a kernel. All of `block` is written.
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
      const share = smooth((x - width + 1) / (size - width + 1));
      block[to + x] = last + share * (first - last);
    }
  }
  const lastRow = (height - 1) * size;
  for (let y = height; y < size; y++) {
    const share = smooth((y - height + 1) / (size - height + 1));
    for (let x = 0; x < size; x++)
      block[y * size + x] = block[lastRow + x]! + share * (block[x]! - block[lastRow + x]!);
  }
  return block;
}

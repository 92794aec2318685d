/** @file Parts of blurred noise, continued, against the blurred noise around them. */
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import { linearMotionKernel } from "../blur/simple-kernels.js";
import { crop } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { openFourier } from "./fourier.js";
import { periodicBlock } from "./periodic-block.js";
import { UnseenBorder } from "./unseen-border.js";

const fourier = await openFourier();
const kernel = linearMotionKernel(13, 35);
const [size, reachPx] = [160, 6];
/** Grey squares of 4 px, blurred: [1, 160, 160]. */
const scene = (seed: number): Planes => {
  const greys = Rng.fromSeed(seed).uniforms(40 * 40);
  const data = Float32Array.from({ length: size ** 2 }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    return greys[(y >> 2) * 40 + (x >> 2)]!;
  });
  return convolve({ width: size, height: size, channels: 1, data }, kernel);
};
const part = { left: 20, top: 20, width: 110, height: 90 };
const continued = (picture: Planes): Float32Array => {
  using scope = fourier.heap.scope();
  return new UnseenBorder(kernel, fourier.real(size), scope).continued(picture, 0);
};

describe("the continuation of a blurred picture", () => {
  test("leaves the picture itself as it is", () => {
    const picture = crop(scene(1), part);
    const block = { width: size, height: size, channels: 1, data: continued(picture) };
    expect(crop(block, { ...part, left: 0, top: 0 }).data).toEqual(picture.data);
  });

  test("is closer to what lies around than a smooth passage, as far as the kernel reaches", () => {
    /** Mean squared difference from the scene in a margin to the right of the picture and below it. */
    const error = (seed: number, make: (picture: Planes) => Float32Array): number => {
      const whole = scene(seed);
      const block = make(crop(whole, part));
      let [sum, count] = [0, 0];
      for (let y = 0; y < part.height + reachPx; y++)
        for (let x = 0; x < part.width + reachPx; x++)
          if (x >= part.width || y >= part.height) {
            sum += (block[y * size + x]! - whole.data[(y + part.top) * size + x + part.left]!) ** 2;
            count++;
          }
      return sum / count;
    };
    for (const seed of [1, 2, 3])
      expect(error(seed, continued)).toBeLessThan(0.8 * error(seed, (picture) => periodicBlock(picture, 0, size)));
  });

  test("of a uniform picture is uniform", () => {
    const uniform: Planes = { width: 40, height: 30, channels: 1, data: new Float32Array(40 * 30).fill(0.3) };
    expect(Math.max(...continued(uniform).map((value) => Math.abs(value - 0.3)))).toBeLessThan(1e-4);
  });
});

import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { closeSideFor, openFourier, sideBelow, sideFor } from "./fourier.js";

test.each([32, 96, 160])(
  "%i px: the spectrum is the definition's sum; the inverse gives the block back, size^2 times",
  async (size) => {
    const { real, heap } = await openFourier();
    const transform = real(size);
    using scope = heap.scope();
    const [laid, result] = [scope.floats(size * size), scope.floats(2 * transform.frequencies)];
    const block = Float32Array.from(Rng.fromSeed(1).normals(size * size));
    laid.view().set(block);
    transform.forward(laid, result);
    const spectrum = result.view();
    for (let u = 0; u <= size / 2; u += size / 16)
      for (let v = 0; v < size; v += size / 16) {
        let [re, im] = [0, 0];
        for (let y = 0; y < size; y++)
          for (let x = 0; x < size; x++) {
            const angle = (-2 * Math.PI * (u * x + v * y)) / size;
            re += block[y * size + x]! * Math.cos(angle);
            im += block[y * size + x]! * Math.sin(angle);
          }
        expect(spectrum[2 * (u * size + v)]).toBeCloseTo(re, 3);
        expect(spectrum[2 * (u * size + v) + 1]).toBeCloseTo(im, 3);
      }
    transform.inverse(result, laid);
    for (const [i, value] of laid.view().entries()) expect(value / size ** 2).toBeCloseTo(block[i]!, 5);
  },
);

test("sides are the least of 2^n and 3 * 2^n that hold so many pixels, multiples of 32; the next smaller ones follow", () => {
  expect([1, 32, 33, 64, 65, 96, 97, 129, 193, 256, 257, 385].map(sideFor)).toEqual([
    32, 32, 64, 64, 96, 96, 128, 192, 256, 256, 384, 512,
  ]);
  const below: number[] = [];
  for (let side: number | null = 512; side !== null; side = sideBelow(side)) below.push(side);
  expect(below).toEqual([512, 384, 256, 192, 128, 96, 64, 32]);
});

test("close sides are products of twos, threes and fives times 32", () => {
  expect([1, 33, 97, 129, 161, 257, 289, 321, 400, 449].map(closeSideFor)).toEqual([
    32, 64, 128, 160, 192, 288, 320, 384, 480, 480,
  ]);
});

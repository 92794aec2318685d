import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { openFourier } from "./pffft.js";

test("the spectrum is the definition's sum; the inverse gives the block back, size^2 times", async () => {
  const size = 32;
  const transform = (await openFourier()).real(size);
  const block = Float32Array.from(Rng.fromSeed(1).normals(size * size));
  const spectrum = transform.forward(block);
  for (let u = 0; u <= size / 2; u++)
    for (let v = 0; v < size; v++) {
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
  const back = transform.inverse(spectrum);
  for (const [i, value] of back.entries()) expect(value / size ** 2).toBeCloseTo(block[i]!, 5);
});

import { expect, test } from "vitest";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { blurNoise, NOISE_CHANNELS } from "./blur-noise.js";

const rng = Rng.fromSeed(9);

/** Linear interpolation as a sum of triangles, each around the place of one coarse number. */
function naive(width: number, height: number): Float64Array {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const hat = (i: number, length: number, k: number, fewer: number) => {
    if (fewer === 1) return 1;
    const spacing = (length - 1) / (fewer - 1);
    return Math.max(0, 1 - Math.abs(i - k * spacing) / spacing);
  };
  const map = new Float64Array(NOISE_CHANNELS * width * height);
  for (let c = 0; c < NOISE_CHANNELS; c++) {
    const coarse = rng.fork(c).normals(w * h);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let v = 0; v < h; v++)
          for (let u = 0; u < w; u++)
            map[(c * height + y) * width + x]! += coarse[v * w + u]! * hat(x, width, u, w) * hat(y, height, v, h);
  }
  return map;
}

test.each([
  [1, 1],
  [2, 2],
  [8, 6],
  [7, 5],
  [1, 9],
])("%i x %i: coarse normal numbers, their corners in the picture's corners, linear between them", (width, height) => {
  expectClose(blurNoise(rng, { width, height }), naive(width, height), { rtol: 0, atol: 1e-6 });
});

test("channels differ, and another source gives another map", () => {
  const size = { width: 6, height: 6 };
  const map = blurNoise(rng, size);
  expect(map.slice(0, 36)).not.toEqual(map.slice(36, 72));
  expect(blurNoise(Rng.fromSeed(9), size)).toEqual(map);
  expect(blurNoise(rng.fork(1), size)).not.toEqual(map);
});

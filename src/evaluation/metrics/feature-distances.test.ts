/** @file Distances of feature sets whose value follows from their definition. */
import { expect, test } from "vitest";
import { Rng } from "../../base/random.js";
import { featureSet, frechetDistance, kernelDistance, kernelDistances } from "./feature-distances.js";
import { singularValues } from "./singular-values.js";

test("singular values of a rotated diagonal, down to the smallest", () => {
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  // Columns 1e8 (c, s), (-s, c), turned again: sigma 1e8 and 1, and a row of zeros.
  const data = Float64Array.of(1e8 * c, -s, 1e8 * s, c, 0, 0);
  const [small, large] = Array.from(singularValues({ rows: 3, columns: 2, data })).sort((a, b) => a - b);
  expect(large).toBeCloseTo(1e8, 6);
  expect(small).toBeCloseTo(1, 7);
});

test("sets along the axes: the means' distance, and the squared difference of deviations on each axis", () => {
  const cross = (x: number, y: number, at: readonly [number, number]) =>
    featureSet([
      [at[0] + x, at[1]],
      [at[0] - x, at[1]],
      [at[0], at[1] + y],
      [at[0], at[1] - y],
    ]);
  const deviation = (length: number) => Math.sqrt((2 * length ** 2) / 3);
  const expected = 3 ** 2 + 1 ** 2 + (deviation(2) - deviation(5)) ** 2 + (deviation(1) - deviation(7)) ** 2;
  expect(frechetDistance(cross(2, 1, [0, 0]), cross(5, 7, [3, 1]))).toBeCloseTo(expected, 10);
  expect(frechetDistance(cross(2, 1, [4, 4]), cross(2, 1, [4, 4]))).toBeCloseTo(0, 12);
});

test("the kernel's distance by hand, and over subsets as over the whole", () => {
  // d = 1, x = {0, 1}, y = {2, 2}: k = (xy + 1)^3.
  const [x, y] = [featureSet([[0], [1]]), featureSet([[2], [2]])];
  expect(kernelDistances(x, y).unbiased).toBeCloseTo(1 + 125 - 2 * ((1 + 1 + 27 + 27) / 4), 12);
  expect(kernelDistance(x, y, Rng.fromSeed(1))).toBe(kernelDistances(x, y).unbiased);
  const normals = (seed: number, mean: number) =>
    featureSet(Array.from(Rng.fromSeed(seed).normals(80), (value) => [value + mean]));
  const [a, b] = [normals(1, 0), normals(2, 0.5)];
  const whole = kernelDistances(a, b).unbiased;
  const drawn = kernelDistance(a, b, Rng.fromSeed(1), { count: 30, size: 60 });
  expect(drawn).not.toBe(whole);
  expect(Math.abs(drawn / whole - 1)).toBeLessThan(0.2);
});

test("one picture has no covariance", () => {
  expect(() => frechetDistance(featureSet([[1]]), featureSet([[1], [2]]))).toThrow(/two pictures or more/);
  expect(() =>
    frechetDistance(
      featureSet([[1], [2]]),
      featureSet([
        [1, 2],
        [2, 1],
      ]),
    ),
  ).toThrow(/as many features/);
});

import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { orthogonal, scaledNormal, torchDefault } from "./init.js";

const rng = Rng.fromSeed(8);
const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
};

test.each([[[96, 96]], [[64, 32, 3, 3]], [[200, 7]], [[1, 5]]])(
  "orthogonal %j: the rows, or the columns if there are fewer, are orthonormal",
  (shape) => {
    const rows = shape[0]!;
    const values = orthogonal(shape, rng);
    const columns = values.length / rows;
    const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
    const at = (i: number, k: number) => (rows <= columns ? values[i * columns + k]! : values[k * columns + i]!);
    let worst = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let k = 0; k < length; k++) dot += at(i, k) * at(j, k);
        worst = Math.max(worst, Math.abs(dot - (i === j ? 1 : 0)));
      }
    }
    expect(worst).toBeLessThan(1e-6);
  },
);

test("variances match the formulas within 3 %", () => {
  const shape = [128, 64, 3, 3];
  const fan = 64 * 9;
  expect(moments(scaledNormal(Math.SQRT2)(shape, rng)).variance * fan).toBeCloseTo(2, 1);
  expect(moments(torchDefault(shape, rng)).variance * fan * 3).toBeCloseTo(1, 1);
  expect(Math.max(...torchDefault(shape, rng))).toBeLessThan(1 / Math.sqrt(fan));
});

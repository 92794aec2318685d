import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { floatResult, floats } from "../runtime/session.js";
import { orthogonalise, QUINTIC } from "./orthogonalise.js";

const runtime = createRuntime({ threads: 1 });

/** n orthonormal vectors of length `size`: Gram and Schmidt, twice, in float64. */
function orthonormal(n: number, size: number, rng: Rng): number[][] {
  const vectors: number[][] = [];
  for (let k = 0; k < n; k++) {
    let vector = [...rng.fork(k).normals(size)];
    for (const other of [...vectors, ...vectors]) {
      const overlap = other.reduce((sum, value, i) => sum + value * vector[i]!, 0);
      vector = vector.map((value, i) => value - overlap * other[i]!);
    }
    const norm = Math.hypot(...vector);
    vectors.push(vector.map((value) => value / norm));
  }
  return vectors;
}

/** Effect of five iterations on one singular value. */
const polished = (value: number): number => {
  const [a, b, c] = QUINTIC;
  let x = value;
  for (let i = 0; i < 5; i++) x = a * x + b * x ** 3 + c * x ** 5;
  return x;
};

test.each([
  [4, 9],
  [9, 4],
  [5, 5],
])("[%d, %d]: singular vectors stay, singular values become those of the polynomial", async (rows, cols) => {
  const rng = Rng.fromSeed(3);
  const singular = [2.5, 1, 0.4, 0.06].slice(0, Math.min(rows, cols));
  const u = orthonormal(singular.length, rows, rng.fork("u"));
  const v = orthonormal(singular.length, cols, rng.fork("v"));
  const matrix = (values: readonly number[]) =>
    Array.from({ length: rows * cols }, (_, i) =>
      values.reduce((sum, value, k) => sum + value * u[k]![Math.floor(i / cols)]! * v[k]![i % cols]!, 0),
    );
  const norm = Math.hypot(...singular);
  const values = singular.map((value) => polished(value / norm));
  for (const value of values) expect(value, "near 1").toSatisfy((x: number) => x > 0.68 && x < 1.14);
  const expected = matrix(values);

  const x = input("x", [rows, cols]);
  await using session = await runtime.open(compile({ inputs: [x], outputs: { y: orthogonalise(x) } }));
  const y = floatResult(await session.run({ x: floats(Float32Array.from(matrix(singular)), [rows, cols]) }), "y");
  expect(Math.max(...expected.map((value, i) => Math.abs(value - y[i]!)))).toBeLessThan(2e-5);
});

test("only matrices", () => {
  expect(() => orthogonalise(input("x", [2, 3, 3, 3]))).toThrow(/matrix.*\[2,3,3,3\]/);
});

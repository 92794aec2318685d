/** @file Tests the WebAssembly functions against plain JavaScript. */
import { expect, test } from "vitest";
import { compiledKernels, pffftWasm } from "../../scripts/build-wasm.js";
import { Rng } from "../base/random.js";
import { Heap, type HeapFloats, type HeapScope } from "./heap.js";
import { PFFFT, WASM_KERNELS } from "./wasm-binaries.js";

const SIZE = 32;
const FREQUENCIES = (SIZE / 2 + 1) * SIZE;
const { wasm, scope: newScope } = await Heap.open().then((heap) => ({
  wasm: heap.wasm,
  scope: () => heap.scope(),
}));

const filled = (scope: HeapScope, values: ArrayLike<number>): HeapFloats => {
  const array = scope.floats(values.length);
  array.view().set(values);
  return array;
};
const normals = (seed: number, length: number): Float32Array => Rng.fromSeed(seed).normals(length);
/** Random values in the range of powers. */
const uniforms = (seed: number, length: number): Float32Array => Float32Array.from(Rng.fromSeed(seed).uniforms(length));

function expectNear(array: HeapFloats, expected: ArrayLike<number>): void {
  const values = array.view();
  expect(values.length).toBe(expected.length);
  for (let i = 0; i < values.length; i++)
    if (!(Math.abs(values[i]! - expected[i]!) <= 2e-6 * (1 + Math.abs(expected[i]!))))
      throw new Error(`at ${i}: ${values[i]} instead of ${expected[i]}`);
}

test("what is loaded was made of the sources, and is the package's", async () => {
  expect(WASM_KERNELS).toBe(Buffer.from(await compiledKernels()).toString("base64"));
  expect(PFFFT).toBe(Buffer.from(pffftWasm()).toString("base64"));
});

test("rows become columns, and columns rows again; the first and the last are the rows' first pair", () => {
  using scope = newScope();
  const values = normals(1, SIZE * SIZE);
  const [rows, columns] = [filled(scope, values), scope.floats(2 * FREQUENCIES)];
  wasm.columnsOfRows(rows.at, columns.at, SIZE);
  const expected = Array.from({ length: 2 * FREQUENCIES }, (_, i) => {
    const [column, row, part] = [Math.floor(i / 2 / SIZE), Math.floor(i / 2) % SIZE, i % 2];
    if (column === 0 || column === SIZE / 2) return part === 0 ? values[row * SIZE + (column > 0 ? 1 : 0)]! : 0;
    return values[row * SIZE + 2 * column + part]!;
  });
  expect([...columns.view()]).toEqual(expected);
  rows.view().fill(Number.NaN);
  wasm.rowsOfColumns(columns.at, rows.at, SIZE);
  expect(rows.view()).toEqual(values);
});

test("a square of complex numbers is transposed in place", () => {
  using scope = newScope();
  const values = normals(2, 2 * SIZE * SIZE);
  const block = filled(scope, values);
  wasm.transposeSquare(block.at, SIZE);
  const expected = values.map((_, i) => {
    const [y, x] = [Math.floor(i / 2 / SIZE), Math.floor(i / 2) % SIZE];
    return values[2 * (x * SIZE + y) + (i % 2)]!;
  });
  expect(block.view()).toEqual(expected);
});

test("only steps that are large enough have a divergence", () => {
  using scope = newScope();
  const block = filled(scope, uniforms(3, SIZE * SIZE));
  const [out, above] = [scope.floats(SIZE * SIZE), scope.floats(SIZE)];
  const at = (y: number, x: number) => block.view()[((y + SIZE) % SIZE) * SIZE + ((x + SIZE) % SIZE)]!;
  const { fround } = Math;
  for (const least of [0, 0.1, 0.4, 2]) {
    /** Differences to the right and below, of a step that is kept. */
    const step = (y: number, x: number) => {
      const [right, down] = [fround(at(y, x + 1) - at(y, x)), fround(at(y + 1, x) - at(y, x))];
      const squares = fround(fround(right * right) + fround(down * down));
      return squares >= fround(least) ? { right, down } : { right: 0, down: 0 };
    };
    wasm.divergenceOfSteps(block.at, out.at, above.at, SIZE, least);
    expectNear(
      out,
      Array.from({ length: SIZE * SIZE }, (_, i) => {
        const [y, x] = [Math.floor(i / SIZE), i % SIZE];
        const here = step(y, x);
        return step(y, x - 1).right + step(y - 1, x).down - here.right - here.down;
      }),
    );
  }
});

test("differences that come nearer to 0 have a divergence, too", () => {
  using scope = newScope();
  const block = filled(scope, uniforms(3, SIZE * SIZE));
  const [out, above] = [scope.floats(SIZE * SIZE), scope.floats(SIZE)];
  const at = (y: number, x: number) => block.view()[((y + SIZE) % SIZE) * SIZE + ((x + SIZE) % SIZE)]!;
  for (const less of [0, 0.1, 0.4, 2]) {
    const shrunk = (value: number) => Math.sign(value) * Math.max(Math.abs(value) - less, 0);
    const right = (y: number, x: number) => shrunk(at(y, x + 1) - at(y, x));
    const below = (y: number, x: number) => shrunk(at(y + 1, x) - at(y, x));
    wasm.divergenceOfShrunk(block.at, out.at, above.at, SIZE, less);
    expectNear(
      out,
      Array.from({ length: SIZE * SIZE }, (_, i) => {
        const [y, x] = [Math.floor(i / SIZE), i % SIZE];
        return right(y, x - 1) + below(y - 1, x) - right(y, x) - below(y, x);
      }),
    );
  }
});

test("the blurry picture of masked deconvolution is the observed one where it is known", () => {
  using scope = newScope();
  const [blurry, given, was] = [uniforms(31, 64), uniforms(32, 64), normals(33, 64)];
  const known = Float32Array.from({ length: 64 }, (_, i) => (i % 3 === 0 ? 0 : 1));
  const [block, dual] = [filled(scope, given), filled(scope, was)];
  wasm.splitBlurred(filled(scope, blurry).at, filled(scope, known).at, block.at, dual.at, 64, 0.05);
  const sum = given.map((value, i) => value + was[i]!);
  // Where nothing is known, u is the sum; elsewhere it lies between both.
  const u = sum.map((value, i) => (known[i] ? (blurry[i]! + 0.05 * value) / 1.05 : value));
  expectNear(
    dual,
    sum.map((value, i) => value - u[i]!),
  );
  expectNear(
    block,
    u.map((value, i) => 2 * value - sum[i]!),
  );
});

test("differences of masked deconvolution are shrunk; what is taken away is the next dual", () => {
  using scope = newScope();
  const values = uniforms(34, SIZE * SIZE);
  const duals = [normals(35, SIZE * SIZE), normals(36, SIZE * SIZE)] as const;
  const at = (of: ArrayLike<number>, y: number, x: number) => of[((y + SIZE) % SIZE) * SIZE + ((x + SIZE) % SIZE)]!;
  for (const less of [0, 0.1, 0.7]) {
    const block = filled(scope, values);
    const [dualRight, dualBelow] = [filled(scope, duals[0]), filled(scope, duals[1])];
    const [out, above] = [scope.floats(SIZE * SIZE), scope.floats(SIZE)];
    wasm.splitDifferences(block.at, dualRight.at, dualBelow.at, out.at, above.at, SIZE, less);
    const shrunk = (value: number) => Math.sign(value) * Math.max(Math.abs(value) - less, 0);
    const right = (y: number, x: number) => at(values, y, x + 1) - at(values, y, x) + at(duals[0], y, x);
    const below = (y: number, x: number) => at(values, y + 1, x) - at(values, y, x) + at(duals[1], y, x);
    /** The shrunk difference minus the next dual. */
    const split = (value: number) => 2 * shrunk(value) - value;
    const everywhere = (of: (y: number, x: number) => number) =>
      Array.from({ length: SIZE * SIZE }, (_, i) => of(Math.floor(i / SIZE), i % SIZE));
    expectNear(
      dualRight,
      everywhere((y, x) => right(y, x) - shrunk(right(y, x))),
    );
    expectNear(
      dualBelow,
      everywhere((y, x) => below(y, x) - shrunk(below(y, x))),
    );
    expectNear(
      out,
      everywhere((y, x) => split(right(y, x - 1)) + split(below(y - 1, x)) - split(right(y, x)) - split(below(y, x))),
    );
  }
});

test("gradients are selected by strength and weighted by pixel", () => {
  using scope = newScope();
  const [width, height] = [13, 9];
  const [values, weights] = [uniforms(21, width * height), uniforms(22, width * height)];
  const [across, down] = [uniforms(23, width - 1), uniforms(24, height - 1)];
  const block = filled(scope, normals(25, 2 * SIZE * SIZE));
  const arrays = [filled(scope, across).at, filled(scope, down).at, block.at] as const;
  const picture = filled(scope, values).at;
  for (const [keep, least] of [
    [filled(scope, weights).at, 0.2],
    [0, 0.05],
    [0, 0],
  ] as const) {
    const count = wasm.selectedGradients(picture, keep, width, height, ...arrays, SIZE, least);
    let expectedCount = 0;
    const expected = new Float64Array(2 * SIZE * SIZE);
    for (let y = 0; y + 1 < height; y++)
      for (let x = 0; x + 1 < width; x++) {
        const at = y * width + x;
        const [right, below] = [values[at + 1]! - values[at]!, values[at + width]! - values[at]!];
        if (right * right + below * below < least) continue;
        expectedCount++;
        const weight = across[x]! * down[y]! * (keep ? weights[at]! : 1);
        expected[2 * (y * SIZE + x)] = weight * right;
        expected[2 * (y * SIZE + x) + 1] = weight * below;
      }
    expect(count).toBe(expectedCount);
    expectNear(block, expected);
  }
});

test("a kernel's spectrum is matched with what was seen", () => {
  using scope = newScope();
  const [response, seen] = [normals(4, 2 * FREQUENCIES), normals(5, 2 * FREQUENCIES)];
  const [matched, power] = [scope.floats(2 * FREQUENCIES), scope.floats(FREQUENCIES)];
  wasm.matchKernel(filled(scope, response).at, filled(scope, seen).at, matched.at, power.at, FREQUENCIES);
  expectNear(
    matched,
    response.map((value, i) =>
      i % 2 === 0
        ? value * seen[i]! + response[i + 1]! * seen[i + 1]!
        : response[i - 1]! * seen[i]! - value * seen[i - 1]!,
    ),
  );
  expectNear(
    power,
    power.view().map((_, i) => response[2 * i]! ** 2 + response[2 * i + 1]! ** 2),
  );
});

test("every frequency of a sketch is solved for by itself", () => {
  using scope = newScope();
  const [values, matched] = [normals(6, 2 * FREQUENCIES), normals(7, 2 * FREQUENCIES)];
  const [power, powers] = [uniforms(8, FREQUENCIES), uniforms(9, FREQUENCIES)];
  const spectrum = filled(scope, values);
  const [beta, scale] = [0.37, 1024];
  const arrays = [matched, power, powers].map((array) => filled(scope, array).at) as [number, number, number];
  wasm.solveForSketch(spectrum.at, ...arrays, FREQUENCIES, beta, scale);
  expectNear(
    spectrum,
    values.map((value, i) => (matched[i]! + beta * value) / (scale * (power[i >> 1]! + beta * powers[i >> 1]!))),
  );
});

test("filters are inverted and applied, frequency by frequency", () => {
  using scope = newScope();
  const [values, kernel, powers] = [
    normals(10, 2 * FREQUENCIES),
    normals(11, 2 * FREQUENCIES),
    uniforms(12, FREQUENCIES),
  ];
  const [spectrum, filter] = [filled(scope, values), filled(scope, kernel)];
  wasm.invertFilter(filter.at, filled(scope, powers).at, FREQUENCIES, 0.1, 2);
  const gain = kernel.map((value, i) => {
    const power = kernel[i & ~1]! ** 2 + kernel[i | 1]! ** 2;
    return (i % 2 === 0 ? value : -value) / (2 * (power + 0.1 * powers[i >> 1]!));
  });
  expectNear(filter, gain);
  wasm.applyFilter(spectrum.at, filter.at, FREQUENCIES);
  expectNear(
    spectrum,
    values.map((value, i) =>
      i % 2 === 0 ? value * gain[i]! - values[i + 1]! * gain[i + 1]! : value * gain[i - 1]! + values[i - 1]! * gain[i]!,
    ),
  );
});

test("what was given back is given out again, and arrays stay where they are when the heap grows", () => {
  let first: number;
  {
    using scope = newScope();
    first = scope.floats(1000).at;
  }
  using scope = newScope();
  const kept = filled(scope, normals(13, 1000));
  expect(kept.at).toBe(first);
  scope.floats(2 ** 24);
  expect(kept.view()).toEqual(normals(13, 1000));
});

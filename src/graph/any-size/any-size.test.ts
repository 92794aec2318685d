import fc from "fast-check";
import { expect, test } from "vitest";
import { Emitter } from "../emitter.js";
import { add } from "../ops/arithmetic.js";
import { resample } from "../ops/resample.js";
import { slice } from "../ops/shape.js";
import { input, type Tensor } from "../tensor.js";
import { emitAnySize } from "./any-size.js";
import { formulaOf, SIZES, type Size } from "./size-terms.js";

const at = (value: (size: Size) => number) => formulaOf(SIZES.map(value));

test("finds the coefficients of numbers that depend on the size: 1, h, w, hw, n, nh, nw, nhw", () => {
  expect(at(() => 7)).toEqual([7, 0, 0, 0, 0, 0, 0, 0]);
  expect(at(({ n, h, w }) => 48 * n * h * w - 2 * h + 5)).toEqual([5, -2, 0, 0, 0, 0, 0, 48]);
  expect(at(({ n, h, w }) => n * w + 4 * n * h + 3 * w * h + 6 * n + w)).toEqual([0, 0, 1, 3, 6, 4, 1, 0]);
});

test("finds any coefficients", () => {
  const eight = fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(eight, (terms) => {
      const products = ({ n, h, w }: Size) => [1, h, w, h * w, n, n * h, n * w, n * h * w];
      const value = (size: Size) => products(size).reduce((sum, product, i) => sum + product * terms[i]!, 0);
      expect(at(value)).toEqual(terms);
    }),
  );
});

test.each([
  ["a square", ({ h }: Size) => h * h],
  ["a rounded half", ({ h }: Size) => Math.floor(h / 2)],
  ["an exact half", ({ w }: Size) => w / 2],
  ["a limit", ({ h }: Size) => Math.min(h, 4)],
  ["a limit that only one size reaches", ({ h }: Size) => Math.min(h, 6)],
  ["a quotient", ({ h, w }: Size) => Math.ceil((8 * h) / w)],
])("refuses numbers without such a formula: %s", (_, value) => {
  expect(at(value)).toBeNull();
});

const emit = (network: (image: Tensor, size: Size) => Tensor) =>
  emitAnySize(
    new Emitter(),
    {
      multiple: 4,
      build(size) {
        const image = input("image", [size.n, 3, 4 * size.h, 4 * size.w]);
        return { inputs: [image], outputs: { result: network(image, size) } };
      },
    },
    { image: "image" },
  );

test.each([
  [
    "a table",
    (x: Tensor) => resample(x, { mode: "bicubic", scale: 2 }),
    /MatMul\) a table of values fits one size only/,
  ],
  [
    "a length",
    (x: Tensor, { h }: Size) => slice(x, 2, 0, h * h > 9 ? 9 : h),
    /Slice\) a number depends on the size by no known formula: 2 at 2 x 3, 3 at 3 x 7, 9 at 5 x 2/,
  ],
  [
    "operators",
    (x: Tensor, { h }: Size) => (h > 4 ? add(x, add(x, x)) : add(x, x)),
    /graphs of two sizes differ in their operators/,
  ],
])("refuses a graph made for one size, and names the node: %s", (_, network, message) => {
  expect(() => emit(network)).toThrow(message);
});

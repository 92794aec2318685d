/** @file Doubt around planted lamps whose light the deconvolution does not explain. */
import { expect, test } from "vitest";
import { confidenceLines } from "../deconvolution/confidence-grid.js";
import type { Planes } from "../images/image.js";
import { doubtHighlights } from "./doubt-highlights.js";

const [width, height] = [320, 240];
const even = (value: number): Planes => ({
  ...{ width, height, channels: 3 },
  data: new Float32Array(3 * width * height).fill(value),
});
/** Sets a square of 6 px in every channel. */
function square({ data }: Planes, left: number, top: number, value: number): void {
  for (let channel = 0; channel < 3; channel++)
    for (let y = top; y < top + 6; y++)
      data.fill(value, (channel * height + y) * width + left, (channel * height + y) * width + left + 6);
}
/** A dark photo with two lamps, and a small residual everywhere. */
function scene() {
  const [photo, residual] = [even(-0.8), even(0.01)];
  square(photo, 77, 77, 1);
  square(photo, 237, 157, 1);
  return { photo, residual };
}
const at = (grid: NonNullable<ReturnType<typeof doubtHighlights>>, x: number, y: number) =>
  confidenceLines(grid, width)(y)[x]!;

test("a lamp with a large residual beside it is doubted, one that is explained and the rest are not", () => {
  const { photo, residual } = scene();
  square(residual, 85, 77, 0.4);
  const doubt = doubtHighlights(photo, residual)!;
  expect(at(doubt, 80, 80)).toBe(1);
  expect(at(doubt, 240, 160)).toBe(0);
  expect(at(doubt, 160, 40)).toBe(0);
});

test("a large residual without a highlight is no doubt, nor a highlight with a small one", () => {
  const { photo, residual } = scene();
  expect(doubtHighlights(photo, residual)).toBeNull();
  square(residual, 160, 40, 0.4);
  expect(doubtHighlights(photo, residual)).toBeNull();
});

test("a bright surface is no lamp: text on white paper stays", () => {
  const photo = even(0.98);
  const residual = even(0.01);
  square(photo, 77, 77, -0.8);
  square(residual, 85, 77, 0.4);
  expect(doubtHighlights(photo, residual)).toBeNull();
});

test("a residual of less than two levels is rounding and noise, however much more than elsewhere", () => {
  const { photo, residual } = scene();
  residual.data.fill(0);
  square(residual, 85, 77, 0.03);
  expect(doubtHighlights(photo, residual)).toBeNull();
});

test("sizes that differ are refused", () => {
  expect(() => doubtHighlights(even(0), { ...even(0), data: new Float32Array(3) })).toThrow(/doubtHighlights/);
});

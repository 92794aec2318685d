import { describe, expect, test } from "vitest";
import { planTiles, planWindows } from "./windows.js";

const sizes = [1, 7, 16, 100, 333, 1000, 4096];
const cases = sizes.flatMap((width) => sizes.map((height) => [width, height] as const));

describe.each([
  { multiple: 8, reachPx: 40, maxPixels: 160 * 160 },
  { multiple: 16, reachPx: 37, maxPixels: 400 * 400 },
])("windows $multiple $reachPx", (options) => {
  test.each(cases)("%i x %i: every pixel is kept once, from a window that knows its surroundings", (width, height) => {
    const plan = planWindows(width, height, options);
    expect(plan.windowWidth * plan.windowHeight).toBeLessThanOrEqual(Math.max(options.maxPixels, 0));
    const count = new Uint8Array(plan.width * plan.height);
    for (const { x, y } of plan.windows) {
      for (const [span, size, length] of [
        [x, plan.windowWidth, plan.width],
        [y, plan.windowHeight, plan.height],
      ] as const) {
        expect(span.start % options.multiple).toBe(0);
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.start + size).toBeLessThanOrEqual(length);
        if (span.start > 0) expect(span.keepFrom - span.start).toBeGreaterThanOrEqual(options.reachPx);
        if (span.start + size < length) expect(span.start + size - span.keepTo).toBeGreaterThanOrEqual(options.reachPx);
      }
      for (let row = y.keepFrom; row < y.keepTo; row++) {
        for (let column = x.keepFrom; column < x.keepTo; column++) count[row * plan.width + column]!++;
      }
    }
    expect(count.every((times) => times === 1)).toBe(true);
  });
});

test("a network that sees everything gets one window", () => {
  expect(planWindows(5000, 3000, { multiple: 8, reachPx: null, maxPixels: 1e6 }).windows).toHaveLength(1);
});

test("windows too small for the reach are refused", () => {
  expect(() => planWindows(5000, 3000, { multiple: 8, reachPx: 200, maxPixels: 300 * 300 })).toThrow(/at least 408 px/);
});

test("windows overlap by no more than they must: a picture a little too large is not computed twice", () => {
  const computed = (width: number, height: number) => {
    const { windows, windowWidth, windowHeight } = planWindows(width, height, {
      multiple: 16,
      reachPx: 179,
      maxPixels: 1e6,
    });
    return (windows.length * windowWidth * windowHeight) / (width * height);
  };
  // In two windows with 2 * 192 px in common, and in two by two.
  expect(computed(1225, 816)).toBeLessThan(1.35);
  expect(computed(1732, 1155)).toBeLessThan(1.75);
});

describe("tiles", () => {
  test.each([1, 15, 16, 17, 28, 29, 100, 101])(
    "of 16 cover %i px, overlap by 4 or more, and weigh 1 together",
    (length) => {
      const { windows, width, windowWidth } = planTiles(length, 1, { sidePx: 16, overlapPx: 4 });
      const spans = windows.map(({ x }) => x);
      expect([width, windowWidth]).toEqual([Math.max(length, 16), 16]);
      expect(spans.length).toBe(length <= 16 ? 1 : Math.ceil((length - 4) / 12));
      expect(spans[0]!.start).toBe(0);
      expect(spans.at(-1)!.keepTo).toBe(length);
      const sums = new Float64Array(length);
      for (const [i, { start, keepTo, weights }] of spans.entries()) {
        if (i > 0) expect(spans[i - 1]!.keepTo - start).toBeGreaterThanOrEqual(4);
        expect(weights!.length).toBe(keepTo - start);
        for (const [k, weight] of weights!.entries()) sums[start + k]! += weight;
      }
      for (const sum of sums) expect(sum).toBeCloseTo(1, 6);
    },
  );

  test("weights rise linearly over the overlap", () => {
    const [first, second] = planTiles(12, 8, { sidePx: 8, overlapPx: 4 }).windows;
    expect([...first!.x.weights!]).toEqual([1, 1, 1, 1, 0.875, 0.625, 0.375, 0.125]);
    expect([...second!.x.weights!]).toEqual([0.125, 0.375, 0.625, 0.875, 1, 1, 1, 1]);
  });

  test("that overlap by more than half are refused", () => {
    expect(() => planTiles(100, 100, { sidePx: 16, overlapPx: 9 })).toThrow(/1 to 8 px/);
  });
});

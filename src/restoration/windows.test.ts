import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inWindows } from "./in-windows.js";
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

/** Any network and photo: the fewest pixels of a window that the reach permits, and up to six times as many. */
const anyPlan = fc
  .record({
    multiple: fc.constantFrom(1, 2, 4, 8, 16),
    reachPx: fc.integer({ min: 0, max: 20 }),
    width: fc.integer({ min: 1, max: 160 }),
    height: fc.integer({ min: 1, max: 160 }),
    room: fc.double({ min: 1, max: 6, noNaN: true }),
  })
  .map(({ multiple, reachPx, room, ...size }) => {
    const least = 2 * Math.ceil(reachPx / multiple) * multiple + multiple;
    return { ...size, options: { multiple, reachPx, maxPixels: Math.ceil(room * least * least) } };
  });

describe("any size, multiple, reach and memory", () => {
  test("the windows' kept parts follow one another without gap or overlap, with the reach around them", () => {
    fc.assert(
      fc.property(anyPlan, ({ width, height, options }) => {
        const plan = planWindows(width, height, options);
        for (const [axis, size, length] of [
          ["x", plan.windowWidth, plan.width],
          ["y", plan.windowHeight, plan.height],
        ] as const) {
          const spans = new Map(plan.windows.map((window) => [window[axis].start, window[axis]]));
          let kept = 0;
          for (const { start, keepFrom, keepTo } of [...spans.values()].sort((a, b) => a.start - b.start)) {
            const before = keepFrom - start >= options.reachPx || start === 0;
            const after = start + size - keepTo >= options.reachPx || start + size === length;
            const follows = keepFrom === kept && keepTo > keepFrom && start % options.multiple === 0;
            expect({ before, after, follows }).toEqual({ before: true, after: true, follows: true });
            kept = keepTo;
          }
          expect(kept).toBe(length);
          expect(size % options.multiple).toBe(0);
        }
      }),
    );
  });

  test("a function of the pixels within reach gives in windows what it gives in one", async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, fc.integer(), async ({ width, height, options }, seed) => {
        const data = Float32Array.from({ length: width * height }, (_, i) => Math.imul(i + 1, seed | 1) % 1000);
        const inputs = [[{ channels: 1, data }]];
        /** Values of each pixel and of the four at the reach's distance that lie inside the window. */
        const sumsOf = (values: Float32Array, w: number, h: number) =>
          values.map((value, i) => {
            const [x, y, r] = [i % w, Math.floor(i / w), options.reachPx];
            const at = (dx: number, dy: number) =>
              x + dx < 0 || x + dx >= w || y + dy < 0 || y + dy >= h ? 0 : values[i + dy * w + dx]!;
            return value + 2 * at(-r, 0) + 3 * at(r, 0) + 5 * at(0, -r) + 7 * at(0, r);
          });
        const run = (maxPixels: number) => {
          const plan = planWindows(width, height, { ...options, maxPixels });
          return inWindows(plan, { width, height, inputs, outChannels: 1 }, async ([image]) =>
            sumsOf(image!.data as Float32Array, plan.windowWidth, plan.windowHeight),
          );
        };
        const [windowed, whole] = [await run(options.maxPixels), await run(Number.POSITIVE_INFINITY)];
        expect(windowed.findIndex((value, i) => value !== whole[i])).toBe(-1);
      }),
      { numRuns: 40 },
    );
  });

  test("tiles cover every length, and their weights add up to 1", () => {
    const anyTiles = fc
      .tuple(fc.integer({ min: 2, max: 64 }), fc.nat(), fc.integer({ min: 1, max: 500 }))
      .map(([sidePx, any, length]) => ({ sidePx, overlapPx: 1 + (any % Math.floor(sidePx / 2)), length }));
    fc.assert(
      fc.property(anyTiles, ({ length, ...tile }) => {
        const { windows } = planTiles(length, 1, tile);
        const sums = new Float64Array(length);
        for (const { x } of windows) for (const [k, weight] of x.weights!.entries()) sums[x.start + k]! += weight;
        expect(Math.max(...sums.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-5);
        expect(Math.min(...windows.flatMap(({ x }) => [...x.weights!]))).toBeGreaterThan(0);
      }),
    );
  });
});

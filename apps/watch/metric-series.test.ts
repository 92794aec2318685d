import { describe, expect, test } from "vitest";
import { Rng } from "../../src/base/random.js";
import { MetricSeries } from "./metric-series.js";

const random = Rng.fromSeed(3);

function filled(values: ArrayLike<number>): MetricSeries {
  const series = new MetricSeries();
  for (let i = 0; i < values.length; i++) series.push(values[i]!);
  return series;
}

/** Whole numbers, so that sums are exact in any order; every fifth is missing. */
const VALUES = Array.from(random.uniforms(5000), (value, i) => (i % 5 === 2 ? Number.NaN : Math.floor(1000 * value)));

describe("buckets", () => {
  const series = filled(VALUES);
  test.each([
    [0, 5000, 50],
    [0, 5000, 5000],
    [17, 4321, 7],
    [1024, 1040, 3],
    [4990, 6000, 100],
    [0, 5000, 1],
    [100, 100, 10],
  ])("of rows %i to %i in %i points are those of a loop over the rows", (from, to, points) => {
    const buckets = series.buckets(from, to, points);
    const end = Math.min(to, VALUES.length);
    expect(buckets.length).toBeLessThanOrEqual(points + 2);
    expect(buckets[0]?.from ?? end).toBe(from);
    expect(buckets.at(-1)?.to ?? end).toBe(end);
    for (const [i, bucket] of buckets.entries()) {
      if (i > 0) expect(bucket.from).toBe(buckets[i - 1]!.to);
      const rows = VALUES.slice(bucket.from, bucket.to).filter((value) => !Number.isNaN(value));
      const mean = rows.reduce((sum, value) => sum + value, 0) / rows.length;
      const none = rows.length === 0;
      expect([bucket.mean, bucket.least, bucket.greatest]).toEqual([
        mean,
        none ? Number.NaN : Math.min(...rows),
        none ? Number.NaN : Math.max(...rows),
      ]);
    }
  });

  test("a drawing of a million rows reads about as much as it draws", () => {
    const long = filled(new Float64Array(1_000_000));
    for (const [from, to] of [
      [0, 1_000_000],
      [123_457, 987_651],
      [500_000, 540_000],
      [777_777, 778_777],
    ] as const) {
      const before = long.reads;
      const { length } = long.buckets(from, to, 1000);
      expect(length).toBeGreaterThan(400);
      expect(long.reads - before).toBeLessThan(20_000); // of up to 16 rows a point, and some at the ends
    }
  });
});

test("the first row from a value on", () => {
  const steps = filled([1, 2, 3, 3, 7, 9]);
  expect([0, 1, 2.5, 3, 8, 9, 10].map((value) => steps.firstFrom(value))).toEqual([0, 0, 2, 2, 5, 5, 6]);
});

import { expect, test } from "vitest";
import { compactPlanes, expandInto } from "./compact.js";

const row = (...values: number[]) => ({
  width: values.length,
  height: 1,
  channels: 1,
  data: Float32Array.from(values),
});

test("values come back to within a hundredth of an 8-bit level, those beyond the range as its end", () => {
  const planes = row(...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 1000));
  const { data, ...size } = compactPlanes(planes);
  expect(size).toEqual({ width: 4001, height: 1, channels: 1 });
  const back = new Float32Array(4001);
  expandInto(back, 0, data, 0, 4001);
  const worst = Math.max(...back.map((value, i) => Math.abs(value - planes.data[i]!)));
  expect(worst).toBeLessThan(0.01 * (2 / 255));
  expect(worst).toBeGreaterThan(0);
  expect(compactPlanes(row(-3, 3, Number.NaN)).data).toEqual(Uint16Array.of(0, 65535, 0));
});

test("a part goes where it is asked for, and nothing else is touched", () => {
  const out = new Float32Array(6).fill(9);
  expandInto(out, 2, compactPlanes(row(-2, -1, 0, 1, 2)).data, 1, 4);
  for (const [i, expected] of [9, 9, -1, 0, 1, 9].entries()) expect(out[i]).toBeCloseTo(expected, 4);
});

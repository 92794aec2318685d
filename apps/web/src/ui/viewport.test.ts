import { describe, expect, test } from "vitest";
import { moved, pixelAt, WHOLE, within, zoomed } from "./viewport.js";

const STAGE = { width: 400, height: 300 };
const PICTURE = { width: 4000, height: 3000 };

describe("enlarging", () => {
  test("keeps the pixel under the fingers where it is", () => {
    const corner = { x: 100, y: -50 }; // from the centre
    const at = { x: 300, y: 100 }; // the same from the upper left
    const before = pixelAt(WHOLE, at, STAGE, PICTURE);
    const once = zoomed(WHOLE, 2.5, STAGE, corner);
    const twice = zoomed(once, 1.7, STAGE, corner);
    for (const view of [once, twice]) {
      const { x, y } = pixelAt(view, at, STAGE, PICTURE);
      expect([x, y]).toEqual([expect.closeTo(before.x, 6), expect.closeTo(before.y, 6)]);
    }
    expect(zoomed(twice, 0.01, STAGE)).toEqual(WHOLE);
  });

  test("ends at a bound", () => {
    expect(zoomed(WHOLE, 1000, STAGE).zoom).toBe(16);
  });
});

test("moving ends at the picture's borders", () => {
  const view = moved(zoomed(WHOLE, 2, STAGE), { x: 1e6, y: -1e6 }, STAGE);
  expect(view).toEqual({ zoom: 2, x: 200, y: -150 });
  expect(pixelAt(view, { x: 0, y: 300 }, STAGE, PICTURE)).toEqual({ x: 0, y: 3000 });
  expect(moved(WHOLE, { x: 10, y: 10 }, STAGE)).toEqual(WHOLE);
  expect(within({ zoom: 0.2, x: 5, y: 5 }, STAGE)).toEqual(WHOLE);
});

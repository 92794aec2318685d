import { expect, test } from "vitest";
import { isEmpty, maskOf, paintRectangle, paintStroke } from "./brush.js";

const PHOTO = { width: 40, height: 30 };
const empty = () => new Uint8Array(PHOTO.width * PHOTO.height);
const painted = (mask: Uint8Array) => mask.filter((value) => value === 255).length;

test("a stroke covers its capsule, within the photo", () => {
  const mask = empty();
  paintStroke(mask, PHOTO, { x: 10, y: 15 }, { x: 30, y: 15 }, 5, 255);
  const area = 20 * 10 + Math.PI * 25;
  expect(Math.abs(painted(mask) - area)).toBeLessThan(8);
  expect([mask[15 * 40 + 4], mask[15 * 40 + 6], mask[9 * 40 + 20], mask[10 * 40 + 20]]).toEqual([0, 255, 0, 255]);
  paintStroke(mask, PHOTO, { x: -100, y: 15 }, { x: 100, y: 15 }, 8, 0);
  expect(isEmpty(mask)).toBe(true);
});

test("a dot is a disc", () => {
  const mask = empty();
  paintStroke(mask, PHOTO, { x: 20, y: 15 }, { x: 20, y: 15 }, 6, 255);
  expect(Math.abs(painted(mask) - Math.PI * 36)).toBeLessThan(6);
});

test("a rectangle is its pixels, those of the photo alone", () => {
  const mask = empty();
  paintRectangle(mask, PHOTO, { left: 35, top: -5, width: 20, height: 10 });
  expect(painted(mask)).toBe(5 * 5);
  paintRectangle(mask, PHOTO, { left: 50, top: 0, width: 5, height: 5 });
  expect(painted(mask)).toBe(5 * 5);
});

test("what was drawn in order; nothing left is no mask", () => {
  const line = {
    kind: "line",
    points: [
      { x: 5, y: 5 },
      { x: 20, y: 5 },
    ],
    radius: 3,
    erase: false,
  } as const;
  const rectangle = { kind: "rectangle", rectangle: { left: 0, top: 20, width: 4, height: 4 } } as const;
  const expected = empty();
  paintStroke(expected, PHOTO, ...line.points, 3, 255);
  paintRectangle(expected, PHOTO, rectangle.rectangle);
  expect(maskOf([line, rectangle], PHOTO)).toEqual(expected);
  expect(maskOf([], PHOTO)).toBe(null);
  expect(maskOf([line, { ...line, radius: 5, erase: true }], PHOTO)).toBe(null);
});

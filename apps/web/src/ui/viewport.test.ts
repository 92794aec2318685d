import { expect, test } from "vitest";
import { fitted, fitZoom, moved, pixelAt, within, zoomedTo } from "./viewport.js";

const pane = { width: 400, height: 200 };
const photo = { width: 1600, height: 400 };

test("all of a photo is shown at the zoom of its longer side, a tiny one at most four times as large", () => {
  expect(fitZoom(photo, pane)).toBe(0.25);
  expect(fitZoom({ width: 100, height: 200 }, pane)).toBe(1);
  expect(fitZoom({ width: 4, height: 4 }, pane)).toBe(4);
});

test("a picture never leaves its pane, and is centred where it is smaller", () => {
  expect(within({ zoom: 0.1, x: 50, y: 50 }, photo, pane)).toEqual({ zoom: 0.25, x: 0, y: 0 });
  // At 1: 1600 x 400 in 400 x 200, so 600 and 100 to each side.
  expect(within({ zoom: 1, x: 900, y: -900 }, photo, pane)).toEqual({ zoom: 1, x: 600, y: -100 });
  expect(within({ zoom: 99, x: 0, y: 0 }, photo, pane).zoom).toBe(16);
});

test("the point zoomed about stays where it is", () => {
  const before = { zoom: 1, x: 30, y: -10 };
  const about = { x: 50, y: 20 };
  const at = { x: about.x + pane.width / 2, y: about.y + pane.height / 2 };
  const after = zoomedTo(before, 2, photo, pane, about);
  expect(after.zoom).toBe(2);
  expect(pixelAt(after, at, photo, pane)).toEqual(pixelAt(before, at, photo, pane));
});

test("the pixel at a place, whole and enlarged", () => {
  const whole = fitted(photo, pane);
  expect(pixelAt(whole, { x: 0, y: 50 }, photo, pane)).toEqual({ x: 0, y: 0 });
  expect(pixelAt(whole, { x: 400, y: 150 }, photo, pane)).toEqual({ x: 1600, y: 400 });
  const near = moved(zoomedTo(whole, 1, photo, pane), { x: 100, y: 0 }, photo, pane);
  expect(pixelAt(near, { x: 200, y: 100 }, photo, pane)).toEqual({ x: 700, y: 200 });
});

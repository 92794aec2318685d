import { expect, test } from "vitest";
import { regionAbout } from "./preview.js";

test("a region stays within the photo, however small that is", () => {
  const photo = { width: 1000, height: 500 };
  expect(regionAbout({ x: 500, y: 250 }, photo)).toEqual({ x: 404, y: 154, width: 192, height: 192 });
  expect(regionAbout({ x: -50, y: 499 }, photo)).toEqual({ x: 0, y: 308, width: 192, height: 192 });
  expect(regionAbout({ x: 10, y: 10 }, { width: 50, height: 300 })).toEqual({ x: 0, y: 0, width: 50, height: 192 });
});

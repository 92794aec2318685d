import { expect, test } from "vitest";
import type { Planes } from "../images/image.js";
import { type PhotoLight, photoLight } from "./photo-light.js";
import { residualInput, residualOf } from "./residual.js";

const planes = (...data: number[]) => ({ width: data.length, height: 1, channels: 1, data: Float32Array.from(data) });

/** Light of a picture of one line, and what of it is clipped. */
const light = (clipped: Planes | null): PhotoLight => ({
  ...planes(0, 0, 0),
  of: () => planes(0, 0, 0),
  clippedOf: clipped && (() => clipped),
});

test("a residual is the photo minus the reblurred picture, 0 where light is clipped", () => {
  const photo = planes(0.5, -0.25, 1);
  expect([...residualOf(photo, planes(0.25, 0.5, 0.5), light(null)).data]).toEqual([0.25, -0.75, 0.5]);
  expect([...residualOf(photo, planes(0.25, 0.5, 0.5), light(planes(0, 0, 1))).data]).toEqual([0.25, -0.75, 0]);
});

test("the clipped value of a photo of many lines is found where it is", () => {
  const [width, height] = [4, 150];
  const photo: Planes = { width, height, channels: 2, data: new Float32Array(2 * width * height).fill(0.5) };
  const at = (height + 70) * width + 2; // channel 1, line 70
  photo.data[at] = 1;
  const reblurred = { ...photo, data: new Float32Array(photo.data.length).fill(0.25) };
  const expected = photo.data.map((_, i) => (i === at ? 0 : 0.25));
  expect(residualOf(photo, reblurred, photoLight(photo, "gamma2.2")).data).toEqual(expected);
});

test("a network sees it four times as large, within [-1, 1]", () => {
  expect([...residualInput(planes(0, 0.125, -0.0625, 0.5, -2)).data]).toEqual([0, 0.5, -0.25, 1, -1]);
});

import { expect, test } from "vitest";
import { residualInput, residualOf } from "./residual.js";

const planes = (...data: number[]) => ({ width: data.length, height: 1, channels: 1, data: Float32Array.from(data) });

test("a residual is the photo minus the reblurred picture, 0 where light is clipped", () => {
  const photo = planes(0.5, -0.25, 1);
  expect([...residualOf(photo, planes(0.25, 0.5, 0.5), null).data]).toEqual([0.25, -0.75, 0.5]);
  expect([...residualOf(photo, planes(0.25, 0.5, 0.5), planes(0, 0, 1)).data]).toEqual([0.25, -0.75, 0]);
});

test("a network sees it four times as large, within [-1, 1]", () => {
  expect([...residualInput(planes(0, 0.125, -0.0625, 0.5, -2)).data]).toEqual([0, 0.5, -0.25, 1, -1]);
});

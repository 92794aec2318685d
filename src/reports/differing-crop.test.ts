import { expect, test } from "vitest";
import type { Raster } from "../images/image.js";
import { differingCrops } from "./differing-crop.js";

const plain = (width: number, height: number): Raster => ({
  ...{ width, height, channels: 3 },
  data: new Uint8Array(3 * width * height).fill(100),
});

/** A copy that is brighter by `by` within a square. */
function brighter(raster: Raster, left: number, top: number, side: number, by: number): Raster {
  const data = Uint8Array.from(raster.data);
  for (let y = top; y < top + side; y++)
    for (let x = left; x < left + side; x++)
      data.fill(100 + by, 3 * (y * raster.width + x), 3 * (y * raster.width + x) + 3);
  return { ...raster, data };
}

test("the places that differ most come first and do not overlap", () => {
  const photo = plain(200, 160);
  const one = brighter(photo, 16, 16, 32, 20);
  const other = brighter(photo, 150, 120, 32, 60);
  const [first, second] = differingCrops([photo, one, other], 48, 2);
  expect(first!.left).toBeLessThanOrEqual(150);
  expect(first!.left + 48).toBeGreaterThanOrEqual(182);
  expect(first!.top).toBeLessThanOrEqual(112);
  expect(first!.top + 48).toBeGreaterThanOrEqual(152);
  expect(second).toMatchObject({ left: 0, top: 0 });
  expect(differingCrops([photo, one, other], 200, 2)).toEqual([{ left: 0, top: 0, width: 200, height: 160 }]);
});

test("pictures of other sizes and a single one are refused", () => {
  expect(() => differingCrops([plain(20, 20), plain(21, 20)], 8)).toThrow("versions of one size");
  expect(() => differingCrops([plain(20, 20)], 8)).toThrow("at least two versions");
});

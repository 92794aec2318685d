import { expect, test } from "vitest";
import { cropRaster } from "../../src/images/crop.js";
import { pasted, surroundings } from "./masked-part.js";

const mask = (width: number, height: number, places: readonly (readonly [number, number])[]): Uint8Array => {
  const data = new Uint8Array(width * height);
  for (const [x, y] of places) data[y * width + x] = 255;
  return data;
};

test("a small place of a large photo is computed with what lies around it, never beyond the borders", () => {
  const size = { width: 4000, height: 3000 };
  expect(surroundings(mask(4000, 3000, [[2000, 1500]]), size)).toEqual({
    left: 1553,
    top: 1053,
    width: 896,
    height: 896,
  });
  expect(surroundings(mask(4000, 3000, [[0, 2999]]), size)).toEqual({ left: 0, top: 2104, width: 896, height: 896 });
  const wide = surroundings(
    mask(4000, 3000, [
      [100, 1000],
      [2099, 1000],
    ]),
    size,
  );
  expect(wide).toMatchObject({ left: 0, width: 2256, height: 896 });
});

test("a small photo is computed whole, an empty mask not at all", () => {
  expect(surroundings(mask(120, 80, [[5, 5]]), { width: 120, height: 80 })).toEqual({
    ...{ left: 0, top: 0, width: 120, height: 80 },
  });
  expect(surroundings(mask(120, 80, []), { width: 120, height: 80 })).toBeNull();
});

test("pasting a part that was not changed gives the photo back, and a changed one changes nothing else", () => {
  const data = Uint8Array.from({ length: 3 * 7 * 5 }, (_, i) => i);
  const photo = { width: 7, height: 5, channels: 3 as const, data };
  const rect = { left: 2, top: 1, width: 3, height: 2 };
  const part = cropRaster(photo, rect);
  expect(pasted(photo, part, rect)).toEqual(photo);
  const black = pasted(photo, { ...part, data: new Uint8Array(part.data.length) }, rect);
  expect(black.data.filter((value, i) => value !== data[i]).length).toBe(3 * 3 * 2);
  expect(cropRaster(black, rect).data.every((value) => value === 0)).toBe(true);
});

import { expect, test } from "vitest";
import { contactSheet } from "./contact-sheet.js";

const flat = (value: number, channels: 1 | 3) => ({
  ...{ width: 30, height: 20, channels },
  data: new Uint8Array(30 * 20 * channels).fill(value),
});

test("pictures stand in rows, whole and in the order given, each in its frame", () => {
  const red = [200, 0, 0] as const;
  const pictures = [10, 20, 30, 40, 50].map((value, i) => ({
    picture: flat(value, i === 4 ? 1 : 3),
    ...(i === 1 ? { frame: red } : {}),
  }));
  const { width, height, channels, data } = contactSheet(pictures);
  const columns = 2; // of 3:2 pictures two by three make the squarer sheet
  expect([width, height, channels]).toEqual([columns * 48 + 6, 3 * 38 + 6, 3]);
  const at = (x: number, y: number) => [...data.slice(3 * (y * width + x), 3 * (y * width + x) + 3)];
  const corner = (i: number) => [6 + (i % columns) * 48, 6 + Math.floor(i / columns) * 38] as const;
  for (const [i, value] of [10, 20, 30, 40, 50].entries()) {
    const [left, top] = corner(i);
    for (const [dx, dy] of [
      [6, 6],
      [35, 25],
      [20, 15],
    ] as const)
      expect(at(left + dx, top + dy)).toEqual([value, value, value]);
    expect(at(left + 5, top + 10)).toEqual(i === 1 ? [...red] : [24, 24, 24]);
    expect(at(left + 36, top + 10)).toEqual(i === 1 ? [...red] : [24, 24, 24]);
  }
});

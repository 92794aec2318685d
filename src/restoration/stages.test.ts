/** @file What the stages are given: the padded photo, and its sharpness, which is measured once for all of them. */
import { expect, test } from "vitest";
import type { Planes } from "../images/image.js";
import { firstPictures } from "./stages.js";

/** Squares of 12 or 16 px whose edges are as sharp as can be, or a slow wave. `read` counts the readings of the pixels. */
function picture(kind: "squares" | "wave"): { readonly photo: Planes; readonly read: () => number } {
  let count = 0;
  const data = Float32Array.from({ length: 3 * 640 * 480 }, (_, i) => {
    const [x, y] = [i % 640, Math.floor(i / 640)];
    if (kind === "wave") return 0.3 * Math.sin(x / 9) * Math.cos(y / 9);
    return (Math.floor(x / 12) + Math.floor(y / 16)) % 2 === 0 ? -0.7 : 0.7;
  });
  const photo = {
    ...{ width: 640, height: 480, channels: 3 },
    get data() {
      count++;
      return data;
    },
  };
  return { photo, read: () => count };
}

test.each([
  ["squares", true],
  ["wave", false],
] as const)("the sharpness of %s is measured when first asked, and not again", (kind, sharp) => {
  const { photo, read } = picture(kind);
  const { isSharp, padded } = firstPictures(photo, photo, 16);
  expect(padded).toBe(photo);
  expect(read()).toBe(0);
  expect(isSharp()).toBe(sharp);
  const once = read();
  expect(once).toBeGreaterThan(0);
  expect(isSharp()).toBe(sharp);
  expect(read()).toBe(once);
});

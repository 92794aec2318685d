import { expect, test } from "vitest";
import { leftOut } from "./given-files.js";

const files = (...names: string[]) => names.map((name) => ({ name }));

test("files that are not opened are told in one sentence, camera raw files apart with what to do", () => {
  expect(leftOut([])).toBeNull();
  expect(leftOut(files(".DS_Store"))).toBeNull();
  expect(leftOut(files("IMG_1.CR2", "notes.txt"))).toBe(
    "Left out: 1 camera raw file (IMG_1.CR2: export it as JPEG first), 1 other file (notes.txt).",
  );
  expect(leftOut(files("a.nef", "b.dng"))).toBe(
    "Left out: 2 camera raw files (a.nef, b.dng: export them as JPEG first).",
  );
});

test("of hundreds, three are named", () => {
  const many = Array.from({ length: 300 }, (_, i) => `film-${i}.mov`);
  expect(leftOut(files(...many))).toBe("Left out: 300 other files (film-0.mov, film-1.mov, film-2.mov and 297 more).");
});

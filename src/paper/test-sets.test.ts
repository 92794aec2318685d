import { expect, test } from "vitest";
import { countOf, crops64, wholeFrames } from "./test-sets.js";

test("a number of crops does not run into the number of their pixels", () => {
  expect(countOf(crops64("tiny"), 60)).toBe("60 crops of 64 px");
  expect(countOf(crops64("tiny"), 1)).toBe("1 crop of 64 px");
  expect(countOf(wholeFrames("tiny"), 2)).toBe("2 whole frames");
});

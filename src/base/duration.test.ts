import { expect, test } from "vitest";
import { duration } from "./duration.js";

test.each([
  [400, "0 s"],
  [59_400, "59 s"],
  [60_000, "1 min 0 s"],
  [59.7 * 60_000, "59 min 42 s"],
  [200 * 60_000, "3 h 20 min"],
  [52 * 3_600_000, "2 d 4 h"],
])("%f ms are %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

import { expect, test } from "vitest";
import { TimeLeft } from "./time-left.js";

test("the first window, which prepares the network, is ignored; a growing total is followed", () => {
  const left = new TimeLeft();
  expect(left.after(1, 5, 9_000)).toBeNull();
  expect(left.after(2, 5, 10_000)).toBe(3);
  expect(left.after(3, 9, 11_000)).toBe(6);
  expect(left.after(9, 9, 17_000)).toBe(0);
});

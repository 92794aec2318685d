import { expect, test } from "vitest";
import { tick } from "./tick.js";

test("numbers of every size are exact to two digits and fit beside the axis", () => {
  const shown = [0, 0.5, 20_000, 0.0012, 0.0004, 0.00025, -0.00002, null].map(tick);
  expect(shown).toEqual(["0", "0.5", "20,000", "0.0012", "4e-4", "2.5e-4", "-2e-5", ""]);
  for (const text of shown) expect(text.length).toBeLessThanOrEqual(7);
});

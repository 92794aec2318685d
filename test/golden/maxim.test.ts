/** @file MAXIM against the fixtures of its published PyTorch port; `npm run golden -- DIR` runs the same. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { maximChecks } from "./checks/maxim.js";

const ROOT = join(import.meta.dirname, "../../../shared/golden-gan");

test("pictures of all stages and gradients of all parameters", { timeout: 600_000 }, async () => {
  const [check] = maximChecks(ROOT).filter(({ files }) => files.some((file) => file.includes("recipe")));
  const outcomes = await check!.check(ROOT);
  const compared = outcomes.filter((outcome) => outcome.kind === "compared");
  expect(compared.length).toBeGreaterThan(2754 + 9);
  expect(compared.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
});

/** @file The fixtures of networks that are told the blur, and of their Wiener step. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkKnownKernel, checkWienerStep } from "./known-kernel.js";
import type { Outcome } from "./outcome.js";

const ROOT = join(import.meta.dirname, "../../../../shared/golden-gan");
const failures = (outcomes: readonly Outcome[]) =>
  outcomes.filter((outcome) => outcome.kind === "compared" && !(outcome.error <= outcome.tolerance));

test("the Wiener step, its noise estimate and its gradient", async () => {
  const outcomes = await checkWienerStep(ROOT);
  expect(failures(outcomes)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(12);
});

test.each(["dwdn__w4_5", "dwdn__w4_5_saturated", "dwdn__official", "infwide__official"])("%s", async (name) => {
  const outcomes = await checkKnownKernel(ROOT, name);
  expect(failures(outcomes)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(12);
});

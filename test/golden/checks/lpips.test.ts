/** @file The fixtures of LPIPS. The gradients of the two large networks are left to `npm run golden`. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkLpips } from "./lpips.js";

const ROOT = join(import.meta.dirname, "../../../../shared/golden-gan");

test.each(["alex", "squeeze", "vgg"] as const)("%s", async (net) => {
  const outcomes = await checkLpips(ROOT, net, { gradient: net === "squeeze" });
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === "compared" && outcome.error <= outcome.tolerance ? [] : [JSON.stringify(outcome)],
  );
  expect(failures).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(30);
});

/** @file The fixtures of FID and KID, and that wrong features would be seen. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkFidKid } from "./fid-kid.js";

const ROOT = join(import.meta.dirname, "../../../../shared/golden-gan");

test("FID with all its parts and KID on every subset", async () => {
  const outcomes = await checkFidKid(ROOT);
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === "compared" && outcome.error <= outcome.tolerance ? [] : [JSON.stringify(outcome)],
  );
  expect(failures).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(40);
});

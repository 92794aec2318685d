/**
 * @file The checks of `diffusion/` on a set with other sizes and constants: what they assume of the first set fails
 * here.
 */
import { expect, test } from "vitest";
import { checkEdmKdiffusion } from "./checks/diffusion/edm-kdiffusion.js";
import { checkGottaGoFast } from "./checks/diffusion/gotta-go-fast.js";
import { checkI2sb } from "./checks/diffusion/i2sb.js";
import { checkScoreSde } from "./checks/diffusion/score-sde.js";
import { edmKdiffusion } from "./second-set/edm-kdiffusion.js";
import { gottaGoFast } from "./second-set/gotta-go-fast.js";
import { i2sb } from "./second-set/i2sb.js";
import { scoreSde } from "./second-set/score-sde.js";

test.each([
  ["score_sde", scoreSde, checkScoreSde, 200],
  ["gotta_go_fast", gottaGoFast, checkGottaGoFast, 100],
  ["i2sb", i2sb, checkI2sb, 150],
  ["edm_kdiffusion", edmKdiffusion, checkEdmKdiffusion, 100],
] as const)("%s", async (_, make, check, least) => {
  const { json, tensors } = make();
  const outcomes = await check(json, tensors);
  const failures = outcomes.flatMap((outcome) => {
    if (outcome.kind === "skipped") return [`${outcome.name}: ${outcome.reason}`];
    const { name, error, tolerance, at } = outcome;
    return error <= tolerance ? [] : [`${name}: ${error} > ${tolerance} at ${at}`];
  });
  expect(failures).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(least);
});

/** @file Tolerances of a sensitive network: wider only as far as rounding alone explains. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { networkCheck } from "./network-case.js";
import { networkErrors } from "./network-errors.js";

const ROOT = join(import.meta.dirname, "../../../shared/golden");

test("a network with attention and ordinary weights is allowed no more than its tolerance, and a wrong gradient is seen", async () => {
  const check = await networkCheck(ROOT, "cond_ddpm_unet__a");
  const { errors, allowed } = await networkErrors(check);
  expect(errors.gradient).toBeLessThan(2e-4);
  expect(errors.gradient).toBeLessThan(allowed.gradient);
  expect(allowed.gradient).toBeLessThan(2e-3);
  const wrong = {
    ...check,
    errorsOf: (...given: Parameters<typeof check.errorsOf>) => {
      const [results, expected] = given;
      // Half a percent too much, in every run alike.
      const scaled = (name: string) =>
        Array.from(results(name), (value) => (name.startsWith("grad/") ? 1.005 * value : value));
      return check.errorsOf(
        scaled,
        expected &&
          ((name) => Array.from(expected(name), (value) => (name.startsWith("grad/") ? 1.005 * value : value))),
      );
    },
  };
  const seen = await networkErrors(wrong);
  expect(seen.errors.gradient).toBeGreaterThan(Math.max(2e-3, seen.allowed.gradient));
});

test("a network that is not sensitive is allowed nothing beyond its tolerance", async () => {
  const { allowed } = await networkErrors(await networkCheck(ROOT, "cond_ddpm_unet_noatt__a"));
  expect(allowed).toEqual({ forward: 0, gradient: 0, loss: 0, gradientNorms: 0 });
});

import { expect, test } from "vitest";
import { type ServiceOptions, serviceOptionsSchema } from "./options.js";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

test.each([
  ["uploadSeconds", 2_147_483, 1000],
  ["decodeSeconds", 2_147_483, 1000],
  ["jobSeconds", 2_147_483, 1000],
  ["stopSeconds", 2_147_483, 1000],
  ["keepMinutes", 35_791, 60_000],
] as const)("%s: at most what a timer can wait, so that it does not fire at once", (name, most, ms) => {
  const read = (value: number) => serviceOptionsSchema.safeParse({ [name]: value } satisfies Partial<ServiceOptions>);
  expect(most * ms).toBeLessThanOrEqual(LONGEST_TIMER_MS);
  expect(read(most).success).toBe(true);
  expect((most + 1) * ms).toBeGreaterThan(LONGEST_TIMER_MS);
  expect(read(most + 1).success).toBe(false);
});

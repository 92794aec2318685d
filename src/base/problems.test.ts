import { expect, test } from "vitest";
import * as z from "zod";
import { problemsOf } from "./problems.js";

const schema = z.strictObject({ steps: z.int().min(1), sources: z.array(z.strictObject({ path: z.string() })) });
const told = (value: unknown) => problemsOf(schema.safeParse(value).error!);

test("one line says what is wrong and where", () => {
  expect(told({ steps: 0, sources: [{ path: 3, other: 1 }] })).toBe(
    'steps: too small: expected number to be >=1; sources[0].path: invalid input: expected string, received number; sources[0]: unrecognized key: "other"',
  );
  expect(told(5)).toBe("invalid input: expected object, received number");
});

test("of many problems the first few, and how many more there are", () => {
  const line = told({ steps: 1, sources: Array.from({ length: 9 }, () => ({ path: 1 })) });
  expect(line).toMatch(/^sources\[0\]\.path: .*; sources\[1\].path: [^;]*; and 7 more$/);
});

test("a long list of choices is cut: the line stays shorter than 200 characters", () => {
  const schema = z.object({ kind: z.enum(Array.from({ length: 30 }, (_, i) => `choice-${i}`)) });
  const line = problemsOf(schema.safeParse({ kind: 1 }).error!);
  expect(line).toMatch(/^kind: invalid option: .*\.\.\.$/);
  expect(line.length).toBeLessThan(200);
});

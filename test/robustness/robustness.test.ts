/**
 * @file A few trials of every part of `npm run robustness`, and that its limits and its judgement of messages catch
 * what they are for.
 */
import { describe, expect, test } from "vitest";
import { lacks, NEEDS, needed } from "../machine.js";
import { PARTS } from "./catalog.js";
import { inChildren } from "./children.js";
import { isFault, type Outcome, type RobustnessPart } from "./part.js";
import { messageFault } from "./plain-message.js";

async function outcomes(part: RobustnessPart, count: number): Promise<Outcome[]> {
  const all: Outcome[] = [];
  for await (const outcome of part.run({ seed: 1, first: 0, count })) all.push(outcome);
  return all;
}

test.each(Object.entries<RobustnessPart>(PARTS))(
  "%s: no trial ends in a fault",
  async (_, part) => {
    const all = await outcomes(part, part.testCount);
    expect(all.filter(({ ending }) => isFault(ending))).toEqual([]);
    expect(all.map(({ trial }) => trial)).toEqual(Array.from({ length: part.testCount }, (_, i) => i));
  },
  900_000,
);

// Trials of `files` and `kills` that a machine cannot run are left out of them; then one of these is skipped, which the
// end of the run tells.
for (const need of ["strace", "mounts"] as const)
  test.skipIf(lacks(need))(`trials of ${NEEDS[need].tests} are among them`, () => {
    expect(needed(need)).toBe(NEEDS[need].found);
  });

test("every kind of fault is seen, and the trials behind it are done", async () => {
  const faulty = inChildren("faulty", {
    summary: "",
    testCount: 0,
    share: 0,
  });
  const all = await outcomes(faulty, 8);
  expect(all.map(({ ending }) => ending)).toEqual([
    ...["accepted", "refused", "unclear", "failed", "slow", "large", "crashed", "accepted"],
  ]);
  expect(all.map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("shares are of 100,000 trials, 100 of them kills", () => {
  const shares = Object.entries<RobustnessPart>(PARTS).map(([name, { share }]) => [name, share] as const);
  expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBe(100_000);
  expect(Object.fromEntries(shares).kills).toBe(100);
});

describe("a message is one plain sentence", () => {
  test.each([
    ["photo: it is damaged (VipsJpeg: premature end)", null],
    ["", "is empty"],
    ["one\ntwo", "has several lines"],
    ["x".repeat(301), "has over 300 characters"],
    ["Error at read (photo.ts:3:9)", "shows a stack"],
    ["ENOTDIR (this is a bug)", "calls itself impossible"],
    ["got [object Object]", "shows an object's default text"],
  ])("%j: %s", (message, fault) => expect(messageFault(message)).toBe(fault));
});

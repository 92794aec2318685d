import { expect, test } from "vitest";
import { type ToneEvidence, toneVerdict, verdictSentence } from "./figure-4-verdict.js";

const evidence = (shortened: number, start: number, end: number, standardError = 0.1): ToneEvidence => {
  const statistic = (mean: number) => ({ mean, standardError, pictures: 30 });
  return {
    sampler: "ddim",
    shortened: statistic(shortened),
    fittingStart: statistic(start),
    fittingEnd: statistic(end),
  };
};

test.each([
  ["nothing to explain", evidence(0.1, -3, -3), "no shift"],
  ["shorter is better", evidence(-2, 0, 0), "no shift"],
  ["both remedies work", evidence(2, -1.8, -1.5), "schedule"],
  ["one remedy works", evidence(2, -1.8, 0), "partly"],
  ["no remedy works, although an effect would have been detected", evidence(2, 0, 0.1), "steps"],
  ["no effect is detected, and none could be", evidence(2, -0.5, -0.5, 0.9), "unclear"],
] as const)("%s", (_, given, expected) => {
  expect(toneVerdict(given)).toBe(expected);
});

test("the sentence names the sampler and the underlying numbers", () => {
  const text = verdictSentence(evidence(2, -1.8, -1.5));
  expect(text).toContain("With ddim sampling");
  for (const number of ["+2.00 ± 0.10", "-1.80 ± 0.10", "-1.50 ± 0.10"]) expect(text).toContain(number);
});

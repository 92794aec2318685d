import { expect, test } from "vitest";
import { type LearningRateConfig, learningRateAt, learningRateSchema } from "./learning-rate.js";

const base: LearningRateConfig = { kind: "constant", peak: 2, warmUpSteps: 0, finalFraction: 0.1 };
const rates = (config: LearningRateConfig, total: number) =>
  Array.from({ length: total }, (_, i) => learningRateAt(config, i + 1, total));

test("warm-up rises in equal parts to the peak", () => {
  expect(rates({ ...base, warmUpSteps: 4 }, 6)).toEqual([0.5, 1, 1.5, 2, 2, 2]);
});

test("linear falls in equal parts from the peak to the final rate", () => {
  const expected = [2, 1.55, 1.1, 0.65, 0.2];
  for (const [i, rate] of rates({ ...base, kind: "linear" }, 5).entries()) expect(rate).toBeCloseTo(expected[i]!, 12);
});

test("cosine starts at the peak, is half way in the middle, ends at the final rate and stays there", () => {
  const config: LearningRateConfig = { ...base, kind: "cosine", warmUpSteps: 10 };
  const all = rates(config, 111);
  expect(all[9]).toBe(2);
  expect(all[10]).toBeCloseTo(2, 12);
  expect(all[60]).toBeCloseTo(1.1, 12);
  expect(all[110]).toBeCloseTo(0.2, 12);
  expect(learningRateAt(config, 500, 111)).toBeCloseTo(0.2, 12);
  for (let i = 11; i < 111; i++) expect(all[i]).toBeLessThan(all[i - 1]!);
});

test("halving: 1e-4 halved every 200 of 1000 steps, as in published training of super-resolution networks", () => {
  const all = rates({ kind: "halving", peak: 1e-4, warmUpSteps: 0, finalFraction: 1 / 16 }, 1000);
  const expected = Array.from({ length: 1000 }, (_, i) => 1e-4 * 0.5 ** Math.floor(i / 200));
  expect(all).toEqual(expected);
});

test("a rate that is halved ends at a power of a half", () => {
  const parse = (finalFraction: number) =>
    learningRateSchema.safeParse({ kind: "halving", peak: 1, finalFraction }).error?.issues[0]?.message;
  expect([1, 0.5, 1 / 32].map(parse)).toEqual([undefined, undefined, undefined]);
  for (const wrong of [0, 0.3]) expect(parse(wrong)).toMatch(/1\/2, 1\/4/);
});

import { expect, test } from "vitest";
import { type LearningRateConfig, learningRateAt } from "./learning-rate.js";

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

import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { logSnrOf } from "./noise-level.js";
import { createSchedule } from "./schedule-catalog.js";
import { drawTrainingLevels, levelBetweenNeighbours } from "./training-levels.js";

const schedule = createSchedule({ kind: "linear", T: 100, end: 0.05 });
const rng = Rng.fromSeed(11);
const signals = [1, ...Array.from(schedule.alphaBars, Math.sqrt)];

describe("between-neighbours", () => {
  const draw = (step: number) => drawTrainingLevels({ kind: "between-neighbours" }, schedule, rng.fork(step), 8);

  test("one t for the batch, another sqrt(alphaBar) for each sample", () => {
    const intervals = new Set<number>();
    for (let step = 0; step < 300; step++) {
      const levels = draw(step);
      const upper = signals.findLastIndex((signal) => signal >= Math.max(...levels.map((level) => level.signal)));
      expect(Math.min(...levels.map((level) => level.signal))).toBeGreaterThanOrEqual(signals[upper + 1]!);
      expect(new Set(levels.map((level) => level.signal)).size).toBe(8);
      intervals.add(upper);
    }
    expect(intervals.size).toBeGreaterThan(85); // of 100; 300 uniform draws leave 5 out on average
  });

  test("the interval's ends are the neighbours; before the first is no noise", () => {
    expect(levelBetweenNeighbours(schedule, 0, 0)).toEqual({ signal: 1, noise: 0 });
    expect(levelBetweenNeighbours(schedule, 40, 1).signal).toBeCloseTo(signals[41]!, 14);
    expect(levelBetweenNeighbours(schedule, 40, 0).signal).toBe(signals[40]);
  });

  test("the same stream draws the same levels", () => expect(draw(5)).toEqual(draw(5)));
});

test("index: each sample has a level of the schedule of its own, all equally often", () => {
  const levels = drawTrainingLevels({ kind: "index" }, schedule, rng, 20_000);
  const counts = new Map<number, number>();
  for (const { signal } of levels) counts.set(signals.indexOf(signal), (counts.get(signals.indexOf(signal)) ?? 0) + 1);
  expect(counts.has(-1)).toBe(false);
  expect(counts.has(0)).toBe(false);
  const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0);
  expect(counts.size).toBe(100);
  expect(chiSquare).toBeLessThan(99 + 5 * Math.sqrt(2 * 99));
});

test("log-snr: a batch covers the range evenly, one sample in each part", () => {
  const levels = drawTrainingLevels({ kind: "log-snr", lowest: -6, highest: 4 }, schedule, rng, 10);
  expect(levels.map((level) => Math.floor(logSnrOf(level)))).toEqual([-6, -5, -4, -3, -2, -1, 0, 1, 2, 3]);
});

test("log-snr: the range is the schedule's own, without the level that has no signal", () => {
  const flat = createSchedule({ kind: "linear", T: 100, end: 0.05, zeroTerminalSnr: true });
  const levels = drawTrainingLevels({ kind: "log-snr" }, flat, rng, 50);
  expect(levels.every((level) => level.signal > 0 && level.noise > 0)).toBe(true);
  expect(() => drawTrainingLevels({ kind: "log-snr", lowest: 3, highest: 1 }, flat, rng, 2)).toThrow(/lowest/);
});

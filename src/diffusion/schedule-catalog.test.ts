import { describe, expect, test } from "vitest";
import { posteriorTable } from "../../test/oracle/posterior-table.js";
import { levelFromAlphaBar, levelFromLogSnr, levelFromSignal, logSnrOf } from "./noise-level.js";
import { levelAt } from "./schedule.js";
import { createSchedule, type ScheduleInput, scheduleSchema, type schedules } from "./schedule-catalog.js";
import { forwardVariance, posterior } from "./transition.js";

const CONFIGS = {
  linear: { kind: "linear", T: 200 },
  quadratic: { kind: "quadratic", T: 200, end: 0.02 },
  warmup: { kind: "warmup", T: 200, fraction: 0.5 },
  constant: { kind: "constant", T: 200, beta: 0.01 },
  reciprocal: { kind: "reciprocal", T: 200 },
  cosine: { kind: "cosine", T: 200 },
  sigmoid: { kind: "sigmoid", T: 200 },
  bridge: { kind: "bridge", T: 200 },
} as const satisfies Record<keyof typeof schedules, ScheduleInput>;

describe.each(Object.values(CONFIGS))("$kind", (config) => {
  const schedule = createSchedule(config);

  test("alphaBar is the running product and falls strictly", () => {
    let logProduct = 0;
    schedule.betas.forEach((beta, t) => {
      logProduct += Math.log1p(-beta);
      expect(Math.abs(schedule.alphaBars[t]! - Math.exp(logProduct))).toBeLessThan(1e-12);
      if (t > 0) expect(schedule.alphaBars[t]).toBeLessThan(schedule.alphaBars[t - 1]!);
    });
    expect(schedule.betas.length).toBe(200);
  });

  test("the step between any two neighbours is the table's", () => {
    const table = posteriorTable(schedule);
    for (let t = 1; t < schedule.T; t++) {
      const [from, to] = [levelAt(schedule, t), levelAt(schedule, t - 1)];
      const step = posterior(from, to);
      expect(Math.abs(forwardVariance(from, to) - schedule.betas[t]!)).toBeLessThan(1e-12);
      expect(Math.abs(step.x0 - table[t]!.x0)).toBeLessThan(1e-10);
      expect(Math.abs(step.xt - table[t]!.xt)).toBeLessThan(1e-10);
      expect(Math.abs(step.variance - table[t]!.variance)).toBeLessThan(1e-12);
    }
    expect(table[0]!.variance).toBe(0);
  });

  test("the posterior carries the marginal of t to the marginal of t - 1", () => {
    const table = posteriorTable(schedule);
    for (let t = 1; t < schedule.T; t++) {
      const [from, to] = [levelAt(schedule, t), levelAt(schedule, t - 1)];
      const { x0, xt, variance } = table[t]!;
      expect(Math.abs(x0 + xt * from.signal - to.signal)).toBeLessThan(1e-12);
      expect(Math.abs(variance + (xt * from.noise) ** 2 - to.noise ** 2)).toBeLessThan(1e-12);
    }
  });

  test("zero-terminal-SNR keeps the first level and removes the signal of the last", () => {
    if (config.kind === "reciprocal") return expect(schedule.alphaBars[199]).toBe(0); // it has none to begin with
    if (config.kind === "bridge") return expect(schedule.alphaBars[199]).toBeLessThan(0.05); // ends at the photo, not in noise
    const rescaled = createSchedule({ ...config, zeroTerminalSnr: true });
    expect(rescaled.alphaBars[0]).toBe(schedule.alphaBars[0]);
    expect(rescaled.alphaBars[199]).toBe(0);
    const [first, last] = [Math.sqrt(schedule.alphaBars[0]!), Math.sqrt(schedule.alphaBars[199]!)];
    for (const t of [1, 77, 198]) {
      const expected = ((Math.sqrt(schedule.alphaBars[t]!) - last) * first) / (first - last);
      expect(Math.abs(Math.sqrt(rescaled.alphaBars[t]!) - expected)).toBeLessThan(1e-12);
    }
  });
});

test("the paper's schedule in closed form: below -8 dB until the last 400 of 2000 steps", () => {
  const schedule = createSchedule({ kind: "linear", T: 2000, start: 1e-4, end: 0.05 });
  const snrDb = (t: number) => (10 / Math.LN10) * logSnrOf(levelAt(schedule, t));
  expect(snrDb(400)).toBeLessThan(-8);
  expect(snrDb(370)).toBeGreaterThan(-8);
  expect(schedule.alphaBars[1999]! / 7.409124817264537e-23).toBeCloseTo(1, 10);
});

test("a config names what is wrong with it", () => {
  expect(() => createSchedule({ kind: "linear", T: 0 })).toThrow(/T/);
  expect(() => createSchedule({ kind: "cosine", T: 1, zeroTerminalSnr: true })).toThrow(/at least 2/);
  expect(scheduleSchema.safeParse({ kind: "linear", T: 10, strat: 1 }).success).toBe(false);
  expect(() => levelAt(createSchedule(CONFIGS.linear), 200)).toThrow(/0 \.\. 199/);
});

test("the ways to name a level agree", () => {
  for (const alphaBar of [0, 7e-23, 1e-9, 0.3, 0.9999]) {
    const level = levelFromAlphaBar(alphaBar);
    for (const same of [levelFromSignal(level.signal), levelFromLogSnr(logSnrOf(level))]) {
      expect(Math.abs(same.signal - level.signal)).toBeLessThanOrEqual(1e-12 * level.signal);
      expect(Math.abs(same.noise - level.noise)).toBeLessThan(1e-12);
    }
  }
});

import { describe, expect, test } from "vitest";
import { logSnrOf } from "../diffusion/noise-level.js";
import { levelAt } from "../diffusion/schedule.js";
import { createSchedule } from "../diffusion/schedule-catalog.js";
import { samplingLevels, timesteps } from "./spacing.js";

const INDEX_SPACINGS = [{ kind: "trailing" }, { kind: "leading", offset: 0 }, { kind: "linspace" }] as const;
const schedule = createSchedule({ kind: "linear", T: 1000, end: 0.02 });

describe("by index", () => {
  test("as Lin et al. 2023, table 2, counted from 0", () => {
    expect(timesteps(1000, 5, { kind: "leading", offset: 0 })).toEqual([800, 600, 400, 200, 0]);
    expect(timesteps(1000, 5, { kind: "leading", offset: 1 })).toEqual([801, 601, 401, 201, 1]);
    expect(timesteps(1000, 5, { kind: "linspace" })).toEqual([999, 749, 500, 250, 0]);
    expect(timesteps(1000, 5, { kind: "trailing" })).toEqual([999, 799, 599, 399, 199]);
  });

  test.each(INDEX_SPACINGS)("$kind with T steps visits each index", (spacing) => {
    expect(timesteps(50, 50, spacing)).toEqual(Array.from({ length: 50 }, (_, i) => 49 - i));
  });

  test.each(INDEX_SPACINGS)("$kind falls strictly within 0 .. T - 1 for any number of steps", (spacing) => {
    for (let steps = 1; steps <= 97; steps++) {
      const indices = timesteps(97, steps, spacing);
      expect(indices.length).toBe(steps);
      indices.forEach((t, i) => {
        expect(t).toBeLessThan(i === 0 ? 97 : indices[i - 1]!);
        expect(t).toBeGreaterThanOrEqual(0);
      });
    }
  });

  test.each([0, 98, 2.5])("%d steps of 97 are refused", (steps) => {
    expect(() => timesteps(97, steps, { kind: "trailing" })).toThrow(/1 \.\. 97/);
  });

  test("an offset past the end is refused", () => {
    expect(() => timesteps(10, 10, { kind: "leading", offset: 1 })).toThrow(/offset/);
  });
});

test("Karras: sigma^(1 / rho) falls evenly between the bounds; with rho 1 sigma itself", () => {
  for (const rho of [1, 7]) {
    const levels = samplingLevels(schedule, 9, { kind: "karras", rho }).slice(0, -1);
    const roots = levels.map(({ signal, noise }) => (noise / signal) ** (1 / rho));
    for (let i = 0; i + 1 < 9; i++) expect(roots[i]! - roots[i + 1]!).toBeCloseTo((roots[0]! - roots[8]!) / 8, 8);
    expect(logSnrOf(levels[0]!)).toBeCloseTo(logSnrOf(levelAt(schedule, 999)), 9);
    expect(logSnrOf(levels[8]!)).toBeCloseTo(logSnrOf(levelAt(schedule, 0)), 9);
  }
  const rescaled = createSchedule({ kind: "linear", T: 1000, end: 0.02, zeroTerminalSnr: true });
  expect(samplingLevels(rescaled, 4, { kind: "karras" })[0]).toEqual({ signal: 0, noise: 1 });
});

describe("by log-SNR", () => {
  test("even, from the schedule's noisiest to its cleanest, then clean", () => {
    const levels = samplingLevels(schedule, 7, { kind: "log-snr" });
    const logSnrs = levels.slice(0, -1).map(logSnrOf);
    expect(logSnrs[0]).toBeCloseTo(logSnrOf(levelAt(schedule, 999)), 10);
    expect(logSnrs[6]).toBeCloseTo(logSnrOf(levelAt(schedule, 0)), 10);
    const gap = (logSnrs[6]! - logSnrs[0]!) / 6;
    for (let i = 0; i < 6; i++) expect(logSnrs[i + 1]! - logSnrs[i]!).toBeCloseTo(gap, 10);
    expect(levels[7]).toEqual({ signal: 1, noise: 0 });
  });

  test("bounds, one step, more steps than T", () => {
    expect(samplingLevels(schedule, 3, { kind: "log-snr", lowest: -4, highest: 4 }).slice(0, -1).map(logSnrOf)).toEqual(
      [expect.closeTo(-4, 10), expect.closeTo(0, 10), expect.closeTo(4, 10)],
    );
    expect(samplingLevels(schedule, 1, { kind: "log-snr", lowest: -4 }).map(logSnrOf)).toEqual([
      expect.closeTo(-4, 10),
      Number.POSITIVE_INFINITY,
    ]);
    expect(samplingLevels(schedule, 1500, { kind: "log-snr" }).length).toBe(1501);
  });

  test("a rescaled schedule starts without signal", () => {
    const rescaled = createSchedule({ kind: "linear", T: 1000, end: 0.02, zeroTerminalSnr: true });
    const levels = samplingLevels(rescaled, 4, { kind: "log-snr" });
    expect(levels.length).toBe(5);
    expect(levels[0]).toEqual({ signal: 0, noise: 1 });
    expect(levels[1]!.signal).toBeGreaterThan(0);
  });
});

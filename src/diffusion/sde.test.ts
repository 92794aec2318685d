/** @file SDEs against what defines them: their marginals solve the moment equations, and a level determines t. */
import { describe, expect, test } from "vitest";
import { levelFromAlphaBar } from "./noise-level.js";
import { sdeFromSchedule } from "./process.js";
import { levelAt } from "./schedule.js";
import { createSchedule, type ScheduleInput } from "./schedule-catalog.js";
import { type Sde, timeOfLevel } from "./sde.js";
import { createSde, sdeSchema } from "./sde-catalog.js";

const schedule = (config: ScheduleInput): Sde => sdeFromSchedule(createSchedule(config));
const SDES: Record<string, Sde> = {
  vp: createSde({ kind: "vp" }),
  "vp, constant beta": createSde({ kind: "vp", betaMin: 3, betaMax: 3 }),
  "sub-vp": createSde({ kind: "sub-vp" }),
  ve: createSde({ kind: "ve" }),
  "the paper's schedule": schedule({ kind: "linear", T: 2000, start: 1e-4, end: 0.05 }),
  "cosine schedule": schedule({ kind: "cosine", T: 100 }),
  "warmup schedule": schedule({ kind: "warmup", T: 50, start: 1e-4, end: 0.05, fraction: 0.5 }),
  "zero terminal SNR": schedule({ kind: "cosine", T: 100, zeroTerminalSnr: true }),
};

describe.each(Object.entries(SDES))("%s", (_, sde) => {
  const TIMES = [0.013, 0.1, 0.27, 0.5, 0.733, 0.9, 0.995];

  test("signal and variance solve s' = f s and (n^2)' = 2 f n^2 + g^2", () => {
    for (const t of TIMES) {
      const h = 1e-6;
      const [before, after, at] = [sde.levelAt(t - h), sde.levelAt(t + h), sde.levelAt(t)];
      const f = sde.drift(t);
      const slope = (value: (level: typeof at) => number) => (value(after) - value(before)) / (2 * h);
      const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(2e-6 * (1 + Math.abs(b)));
      close(
        slope((level) => Math.log(level.signal)),
        f,
      );
      const growth = sde.diffusion(t) ** 2 + 2 * f * at.noise ** 2;
      close(
        slope((level) => level.noise ** 2),
        growth,
      );
    }
  });

  test("a level determines its t", () => {
    for (const t of [sde.endTime, ...TIMES, 1]) {
      const found = timeOfLevel("test", sde, sde.levelAt(t));
      expect(Math.abs(found - t)).toBeLessThan(1e-9);
    }
  });

  test("noise grows against signal", () => {
    const ratios = Array.from({ length: 300 }, (_, i) => {
      const { signal, noise } = sde.levelAt((i + 1) / 300);
      return noise / signal;
    });
    ratios.slice(1).forEach((ratio, i) => {
      expect(ratio).toBeGreaterThan(ratios[i]!);
    });
  });
});

test("a schedule's levels are its SDE's at t = (i + 1) / T", () => {
  for (const config of [
    { kind: "linear", T: 200, end: 0.2 },
    { kind: "cosine", T: 30, zeroTerminalSnr: true },
    { kind: "constant", T: 1, beta: 0.3 },
  ] as const) {
    const discrete = createSchedule(config);
    const sde = sdeFromSchedule(discrete);
    discrete.alphaBars.forEach((alphaBar, i) => {
      if (alphaBar === 0) return;
      const t = (i + 1) / discrete.T;
      const level = levelAt(discrete, i);
      expect(Math.abs(sde.levelAt(t).signal - level.signal)).toBeLessThan(1e-12);
      expect(Math.abs(timeOfLevel("test", sde, level) - t)).toBeLessThan(1e-9);
    });
  }
});

test("linear betas are the published discretisation of the VP SDE: its beta(t) to the order of a step", () => {
  const { betaMin, betaMax } = { betaMin: 0.1, betaMax: 20 };
  const vp = createSde({ kind: "vp", betaMin, betaMax });
  const worst = [250, 500, 1000].map((T) => {
    const ddpm = schedule({ kind: "linear", T, start: betaMin / T, end: betaMax / T });
    return Math.max(...[0.1, 0.4, 0.7, 0.95].map((t) => Math.abs(ddpm.diffusion(t) / vp.diffusion(t) - 1)));
  });
  expect(worst[2]!).toBeLessThan(0.01);
  expect(worst[0]! / worst[1]!).toBeCloseTo(2, 0);
  expect(worst[1]! / worst[2]!).toBeCloseTo(2, 0);
});

test("levels of another process are refused", () => {
  expect(() => timeOfLevel("here", SDES.ve!, levelFromAlphaBar(0.3))).toThrow(/^here: .*ve process/);
  expect(() => timeOfLevel("here", SDES["sub-vp"]!, levelFromAlphaBar(0.3))).toThrow(/sub-vp process/);
  expect(timeOfLevel("here", SDES.vp!, levelFromAlphaBar(0.3))).toBeGreaterThan(0);
});

test("options are checked", () => {
  expect(sdeSchema.parse({ kind: "ve" })).toEqual({ kind: "ve", sigmaMin: 0.01, sigmaMax: 50 });
  expect(sdeSchema.safeParse({ kind: "ve", sigmaMin: 2, sigmaMax: 1 }).success).toBe(false);
  expect(sdeSchema.safeParse({ kind: "vp", betaMin: 0 }).success).toBe(false);
});

import { expect, test } from "vitest";
import { recogniseSchedule } from "./recognise-schedule.js";
import { createSchedule, type ScheduleInput, scheduleSchema } from "./schedule-catalog.js";

test.each([
  { kind: "linear", T: 2000, start: 1e-4, end: 0.05 },
  { kind: "linear", T: 2000, start: 1e-6, end: 0.01 },
  { kind: "linear", T: 2, start: 1e-4, end: 0.02 },
  { kind: "quadratic", T: 1000, start: 1e-4, end: 0.02 },
  { kind: "warmup", T: 100, start: 1e-4, end: 0.02, fraction: 0.1 },
  { kind: "warmup", T: 100, start: 1e-4, end: 0.02, fraction: 0.5 },
  { kind: "constant", T: 50, beta: 0.02 },
  { kind: "cosine", T: 300 },
] as const satisfies readonly ScheduleInput[])("%o is known by its betas in float32", (config) => {
  expect(recogniseSchedule(Float32Array.from(createSchedule(config).betas))).toEqual(scheduleSchema.parse(config));
});

test("other betas are not taken for what they are near", () => {
  const betas = Float32Array.from(createSchedule({ kind: "linear", T: 100 }).betas);
  betas[50]! *= 1.001;
  expect(recogniseSchedule(betas)).toBeNull();
  expect(recogniseSchedule(new Float32Array(0))).toBeNull();
  expect(recogniseSchedule(Float32Array.of(0.5, Number.NaN, 0.5))).toBeNull();
  expect(recogniseSchedule(Float32Array.of(-1, 2))).toBeNull();
});

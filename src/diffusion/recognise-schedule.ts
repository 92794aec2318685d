/** @file Finds the schedule from which the betas in a checkpoint were computed. */
import { createSchedule, type ScheduleConfig, type ScheduleInput, scheduleSchema } from "./schedule-catalog.js";

/** The shortest decimal that rounds to the same float32: 1e-4 and not 0.00009999999747. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
}

/** Published schedules whose ends have these betas. */
function candidates(betas: Float32Array): readonly ScheduleInput[] {
  const T = betas.length;
  const [start, end] = [shortest(betas[0]!), shortest(betas[T - 1]!)];
  return [
    { kind: "constant", T, beta: start },
    { kind: "linear", T, start, end },
    { kind: "quadratic", T, start, end },
    { kind: "warmup", T, start, end, fraction: 0.1 },
    { kind: "warmup", T, start, end, fraction: 0.5 },
    { kind: "cosine", T },
    { kind: "reciprocal", T },
  ];
}

/** Published code computes betas in float32 or float64; each may differ by float32's rounding of the largest. */
const TOLERANCE = 1e-6;

/** The schedule with these betas, or null if no known form gives them. */
export function recogniseSchedule(betas: Float32Array): ScheduleConfig | null {
  if (betas.length === 0) return null;
  const allowed = TOLERANCE * betas.reduce((a, b) => Math.max(a, b), 0);
  for (const candidate of candidates(betas)) {
    const config = scheduleSchema.safeParse(candidate);
    if (!config.success) continue;
    const made = createSchedule(config.data).betas;
    if (made.every((beta, t) => Math.abs(beta - betas[t]!) <= allowed)) return config.data;
  }
  return null;
}

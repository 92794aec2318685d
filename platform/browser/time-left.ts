/** @file Seconds that are left, from the work that is done and from how an earlier restoration went. */

/** Share of the work done, and the share of the time it had taken then; both rise from 0 to 1. */
export type WorkProfile = readonly (readonly [work: number, time: number])[];

/** Before so much of the time and of the work, a number would be a guess. */
const [LEAST_MS, LEAST_SHARE] = [1000, 0.05];

/** Of one restoration, which begins at `startMs` of any clock. */
export class TimeLeft {
  readonly #marks: { readonly work: number; readonly ms: number }[] = [];

  /**
   * Stages differ in speed from device to device, so equal work does not take equal time. `profile`, of an earlier
   * restoration with the same model and steps, says how it was here; without one the work is taken for the time.
   */
  constructor(
    private readonly startMs: number,
    private readonly profile: WorkProfile | null = null,
  ) {}

  /** Of windows `done` of `total` at `ms`; null as long as it cannot be told. */
  after(done: number, total: number, ms: number): number | null {
    const work = total > 0 ? Math.min(1, done / total) : 0;
    this.#marks.push({ work, ms });
    const share = this.profile ? timeShare(this.profile, work) : work;
    const elapsed = ms - this.startMs;
    if (work === 1) return 0;
    return share < LEAST_SHARE || elapsed < LEAST_MS ? null : (elapsed * (1 - share)) / share / 1000;
  }

  /** How this restoration went, once it is over at `endMs`. */
  finished(endMs: number): WorkProfile {
    const whole = Math.max(1, endMs - this.startMs);
    return [[0, 0], ...this.#marks.map(({ work, ms }) => [work, (ms - this.startMs) / whole] as const), [1, 1]];
  }
}

/** Between the two nearest marks in proportion. */
function timeShare(profile: WorkProfile, work: number): number {
  const next = profile.findIndex(([mark]) => mark >= work);
  const [toWork, toTime] = profile[next] ?? [1, 1];
  const [fromWork, fromTime] = profile[next - 1] ?? [0, 0];
  return toWork > fromWork ? fromTime + ((work - fromWork) / (toWork - fromWork)) * (toTime - fromTime) : toTime;
}

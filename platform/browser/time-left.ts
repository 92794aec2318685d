/** @file Remaining seconds, from the work done and the time profile of an earlier restoration. */

/** A point of the profile: share of the work, and share of the time it had taken; both rise from 0 to 1. */
export type WorkProfile = readonly (readonly [work: number, time: number])[];

/** Smallest time and share of the work from which an estimate is shown. */
const [MIN_MS, MIN_SHARE] = [1000, 0.05];

/** Remaining time of one restoration, which begins at `startMs` of any clock. */
export class TimeLeft {
  readonly #marks: { readonly work: number; readonly ms: number }[] = [];

  /**
   * Stages differ in speed between devices, so equal work does not take equal time. `profile` comes from an earlier
   * restoration with the same model and steps on this device; without one, time is assumed proportional to work.
   */
  constructor(
    private readonly startMs: number,
    private readonly profile: WorkProfile | null = null,
  ) {}

  /** Remaining seconds when `done` of `total` windows are computed at `ms`; null while there is no estimate. */
  after(done: number, total: number, ms: number): number | null {
    const work = total > 0 ? Math.min(1, done / total) : 0;
    this.#marks.push({ work, ms });
    const share = this.profile ? timeShare(this.profile, work) : work;
    const elapsed = ms - this.startMs;
    if (work === 1) return 0;
    return share < MIN_SHARE || elapsed < MIN_MS ? null : (elapsed * (1 - share)) / share / 1000;
  }

  /** Profile of this restoration, which ended at `endMs`. */
  finished(endMs: number): WorkProfile {
    const whole = Math.max(1, endMs - this.startMs);
    return [[0, 0], ...this.#marks.map(({ work, ms }) => [work, (ms - this.startMs) / whole] as const), [1, 1]];
  }
}

/** Interpolates linearly between the two nearest points. */
function timeShare(profile: WorkProfile, work: number): number {
  const next = profile.findIndex(([mark]) => mark >= work);
  const [toWork, toTime] = profile[next] ?? [1, 1];
  const [fromWork, fromTime] = profile[next - 1] ?? [0, 0];
  return toWork > fromWork ? fromTime + ((work - fromWork) / (toWork - fromWork)) * (toTime - fromTime) : toTime;
}

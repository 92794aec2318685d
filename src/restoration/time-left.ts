/** @file Remaining seconds, from the work done and the time profile of an earlier restoration. */
import { ESTIMATING, type RestoreProgress } from "./progress.js";

/** A point of the profile: share of the work, and share of the time it had taken; both rise from 0 to 1. */
export type WorkProfile = readonly (readonly [work: number, time: number])[];

/** Smallest time and share of the work from which an estimate is shown. */
const [MIN_MS, MIN_SHARE] = [2000, 0.05];

interface Mark {
  /** Share of the work. */
  readonly work: number;
  readonly ms: number;
}

/** Remaining time of one restoration, which begins at `startMs` of any clock. */
export class TimeLeft {
  readonly #marks: Mark[] = [];
  /** End of the estimation of the blur. */
  #estimated: Mark;

  /**
   * Stages differ in speed between devices, so equal work does not take exactly equal time. `profile` comes from an
   * earlier restoration with the same model and steps on this device. Without one, networks are assumed to compute the
   * rest of their multiply-adds as fast as those that are done; estimating the blur takes from a hundredth to a half of
   * the time, so it says nothing of theirs.
   */
  constructor(
    private readonly startMs: number,
    private readonly profile: WorkProfile | null = null,
  ) {
    this.#estimated = { work: 0, ms: startMs };
  }

  /** Remaining seconds when `done` of `total` is done at `ms`; null while there is no estimate. */
  after({ done, total, stage }: RestoreProgress, ms: number): number | null {
    const mark = { work: total > 0 ? Math.min(1, done / total) : 0, ms };
    this.#marks.push(mark);
    if (stage === ESTIMATING) this.#estimated = mark;
    if (mark.work === 1) return 0;
    const from = this.profile ? { work: 0, ms: this.startMs } : this.#estimated;
    const share = this.profile ? timeShare(this.profile, mark.work) : mark.work - from.work;
    const elapsed = ms - from.ms;
    if (share < MIN_SHARE || elapsed < MIN_MS) return null;
    const rest = 1 - from.work - share;
    return (elapsed * rest) / share / 1000;
  }

  /** Profile of this restoration, which ended at `endMs`. */
  finished(endMs: number): WorkProfile {
    const whole = Math.max(1, endMs - this.startMs);
    return [[0, 0], ...this.#marks.map(({ work, ms }) => [work, (ms - this.startMs) / whole] as const), [1, 1]];
  }
}

/**
 * Remaining time of a series of restorations that are alike, such as the pictures of a test set; it begins at `startMs`
 * of any clock. The first one says how long the parts of the others take.
 */
export class SeriesTimeLeft {
  #profile: WorkProfile | null = null;
  #index = 0;
  /** Begin of the current restoration: the end of the one before. */
  #beginMs: number;
  #lastMs: number;
  #left: TimeLeft;

  constructor(private readonly startMs: number) {
    this.#beginMs = startMs;
    this.#lastMs = startMs;
    this.#left = new TimeLeft(startMs);
  }

  /** Remaining seconds when `index` of `count` have ended and the next one is at `progress`; null without an estimate. */
  after({ index, count }: { readonly index: number; readonly count: number }, progress: RestoreProgress, ms: number) {
    if (index !== this.#index) {
      this.#index = index;
      this.#beginMs = this.#lastMs;
      this.#left = new TimeLeft(this.#beginMs, this.#profile);
    }
    this.#lastMs = ms;
    const spent = (ms - this.#beginMs) / 1000;
    const mean = index > 0 ? (this.#beginMs - this.startMs) / 1000 / index : null;
    const own = this.#left.after(progress, ms) ?? (mean === null ? null : Math.max(0, mean - spent));
    if (progress.done === progress.total) this.#profile = this.#left.finished(ms);
    return own === null ? null : own + (mean ?? spent + own) * (count - index - 1);
  }
}

/** Interpolates linearly between the two nearest points. */
function timeShare(profile: WorkProfile, work: number): number {
  const next = profile.findIndex(([mark]) => mark >= work);
  const [toWork, toTime] = profile[next] ?? [1, 1];
  const [fromWork, fromTime] = profile[next - 1] ?? [0, 0];
  return toWork > fromWork ? fromTime + ((work - fromWork) / (toWork - fromWork)) * (toTime - fromTime) : toTime;
}

/** @file All metrics of a run as series over steps, images or time, and the pace of the run. */
import { type Bucket, MetricSeries } from "./metric-series.js";

/** Values that never fall during a run, each usable as an axis. */
export const AXES = ["step", "imagesSeen", "elapsedMs"] as const;
export type Axis = (typeof AXES)[number];

/** A derived metric, drawn like the others from differences of images and time. */
const THROUGHPUT = "imagesPerSecond";

/** Rows over which the pace is measured. */
const PACE_ROWS = 50;

/** Columns of a drawing, with one entry per bucket; null where there is no value, since JSON has no NaN. */
export interface Curve {
  readonly x: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly least: readonly (number | null)[];
  readonly greatest: readonly (number | null)[];
}

export interface Range {
  readonly axis: Axis;
  /** Range of the axis; by default all. */
  readonly from?: number;
  readonly to?: number;
  readonly points: number;
}

/** Rounds to seven digits, more than a drawing can show. */
const short = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(7)) : null);

export class WatchedMetrics {
  readonly #series = new Map<string, MetricSeries>();
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** Metrics that can be drawn, in the order of the log. */
  get names(): readonly string[] {
    const logged = [...this.#series.keys()].filter((name) => !(AXES as readonly string[]).includes(name));
    return this.#series.has("imagesSeen") && this.#series.has("elapsedMs") ? [...logged, THROUGHPUT] : logged;
  }

  /** Adds a line of the log; skips one that is not JSON or has no step. */
  add(line: string): void {
    let record: Readonly<Record<string, unknown>>;
    try {
      record = JSON.parse(line) as typeof record;
    } catch {
      return;
    }
    if (typeof record?.step !== "number") return;
    for (const [name, value] of Object.entries(record))
      if (typeof value === "number" && !this.#series.has(name)) this.#series.set(name, this.#empty());
    for (const [name, series] of this.#series) {
      const value = record[name];
      series.push(typeof value === "number" ? value : Number.NaN);
    }
    this.#rows += 1;
  }

  #empty(): MetricSeries {
    const series = new MetricSeries();
    for (let row = 0; row < this.#rows; row++) series.push(Number.NaN);
    return series;
  }

  clear(): void {
    this.#series.clear();
    this.#rows = 0;
  }

  last(name: string): number | null {
    const series = this.#series.get(name);
    return series && this.#rows > 0 ? short(series.at(this.#rows - 1)) : null;
  }

  /** Mean of the latest rows. */
  recent(name: string, rows = 100): number | null {
    const bucket = this.#series
      .get(name)
      ?.buckets(this.#rows - rows, this.#rows, 1)
      .at(-1);
    return bucket ? short(bucket.mean) : null;
  }

  curve(name: string, { axis, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, points }: Range): Curve {
    const x = this.#series.get(axis);
    const y = name === THROUGHPUT ? x : this.#series.get(name);
    if (!x || !y) return { x: [], mean: [], least: [], greatest: [] };
    const end = to === Number.POSITIVE_INFINITY ? this.#rows : Math.min(this.#rows, x.firstFrom(to) + 1);
    const buckets = y.buckets(x.firstFrom(from), end, points);
    if (name === THROUGHPUT) return this.#throughput(x, buckets);
    return {
      x: buckets.map((bucket) => short(x.at(bucket.to - 1)) ?? 0),
      mean: buckets.map(({ mean }) => short(mean)),
      least: buckets.map(({ least }) => short(least)),
      greatest: buckets.map(({ greatest }) => short(greatest)),
    };
  }

  #throughput(x: MetricSeries, buckets: readonly Bucket[]): Curve {
    const [images, ms] = [this.#series.get("imagesSeen"), this.#series.get("elapsedMs")];
    const mean = buckets.map(({ from, to }) => {
      const [first, last] = [Math.max(0, from - 1), to - 1];
      if (!images || !ms || ms.at(last) <= ms.at(first)) return null;
      return short(((images.at(last) - images.at(first)) / (ms.at(last) - ms.at(first))) * 1000);
    });
    return { x: buckets.map(({ to }) => short(x.at(to - 1)) ?? 0), mean, least: mean, greatest: mean };
  }

  /** Pace over the latest steps; null before there are two. */
  get pace(): { readonly msPerStep: number; readonly imagesPerSecond: number } | null {
    const [step, images, ms] = AXES.map((axis) => this.#series.get(axis));
    const [last, first] = [this.#rows - 1, Math.max(0, this.#rows - 1 - PACE_ROWS)];
    if (!step || !images || !ms || last <= first) return null;
    const elapsed = ms.at(last) - ms.at(first);
    return {
      msPerStep: elapsed / (step.at(last) - step.at(first)),
      imagesPerSecond: ((images.at(last) - images.at(first)) / elapsed) * 1000,
    };
  }
}

/**
 * @file One metric of a run of any length, drawn as fast as if it were short. It keeps the rows, and above them levels
 * of buckets with minimum, maximum, sum and count, each twice as long as those of the level below. A drawing of n
 * points reads about n buckets of a suitable level.
 */

/** Rows of the shortest buckets; shorter ranges are read row by row. */
const SHORTEST = 16;

/** An array that doubles when it is full. */
class Growing {
  #values = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  at(i: number): number {
    return this.#values[i]!;
  }
}

/** Summary of consecutive rows; mean, least and greatest are NaN if no row has a value. */
export interface Bucket {
  /** The first row, and the row after the last. */
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  readonly least: number;
  readonly greatest: number;
}

interface Level {
  readonly least: Growing;
  readonly greatest: Growing;
  readonly sum: Growing;
  readonly count: Growing;
}

export class MetricSeries {
  readonly #rows = new Growing();
  /** Complete buckets of 16, 32, 64, ... rows. */
  readonly #levels: Level[] = [];
  /** Number of rows and buckets read so far, the cost of drawings. */
  reads = 0;

  get length(): number {
    return this.#rows.length;
  }

  /** Value of a row; NaN if it has none. */
  at(row: number): number {
    return this.#rows.at(row);
  }

  push(value: number): void {
    this.#rows.push(value);
    const end = this.#rows.length;
    for (let level = 0, size = SHORTEST; end % size === 0; level++, size *= 2) {
      if (level === this.#levels.length)
        this.#levels.push({ least: new Growing(), greatest: new Growing(), sum: new Growing(), count: new Growing() });
      const own = this.#levels[level]!;
      const bucket = level === 0 ? this.#ofRows(end - size, end) : this.#ofHalves(this.#levels[level - 1]!);
      own.least.push(bucket.least);
      own.greatest.push(bucket.greatest);
      own.sum.push(bucket.sum);
      own.count.push(bucket.count);
    }
  }

  #ofRows(from: number, to: number) {
    let [least, greatest, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (let row = from; row < to; row++) {
      const value = this.#rows.at(row);
      if (Number.isNaN(value)) continue;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
      sum += value;
      count += 1;
    }
    return { least, greatest, sum, count };
  }

  #ofHalves({ least, greatest, sum, count }: Level) {
    const [a, b] = [count.length - 2, count.length - 1];
    return {
      least: Math.min(least.at(a), least.at(b)),
      greatest: Math.max(greatest.at(a), greatest.at(b)),
      sum: sum.at(a) + sum.at(b),
      count: count.at(a) + count.at(b),
    };
  }

  /**
   * The rows in [from, to) in at most `points` buckets plus two at the ends. All have the same power of two of rows,
   * but the first and the last are cut to the range.
   */
  buckets(from: number, to: number, points: number): Bucket[] {
    const [first, end] = [Math.max(0, from), Math.min(this.length, to)];
    let size = 1;
    while ((end - first) / size > points) size *= 2;
    const buckets: Bucket[] = [];
    for (let start = first - (first % size); start < end; start += size) {
      const [a, b] = [Math.max(first, start), Math.min(end, start + size)];
      const { least, greatest, sum, count } = this.#between(a, b);
      const empty = count === 0;
      buckets.push({
        ...{ from: a, to: b, mean: sum / count },
        ...{ least: empty ? Number.NaN : least, greatest: empty ? Number.NaN : greatest },
      });
    }
    return buckets;
  }

  /** Summarises any rows from the longest buckets inside them. */
  #between(from: number, to: number) {
    let [least, greatest, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (let row = from; row < to; ) {
      let level = -1;
      let size = 1;
      for (let l = 0, s = SHORTEST; row % s === 0 && row + s <= to && l < this.#levels.length; l++, s *= 2)
        [level, size] = [l, s];
      this.reads += 1;
      if (level < 0) {
        const value = this.#rows.at(row);
        if (!Number.isNaN(value)) {
          [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
          sum += value;
          count += 1;
        }
      } else {
        const own = this.#levels[level]!;
        const i = row / size;
        [least, greatest] = [Math.min(least, own.least.at(i)), Math.max(greatest, own.greatest.at(i))];
        sum += own.sum.at(i);
        count += own.count.at(i);
      }
      row += size;
    }
    return { least, greatest, sum, count };
  }

  /** First row whose value is at least `value`, in a metric that never falls. */
  firstFrom(value: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows.at(middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

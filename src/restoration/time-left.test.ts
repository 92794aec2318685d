import { expect, test } from "vitest";
import { ESTIMATING } from "./progress.js";
import { SeriesTimeLeft, TimeLeft } from "./time-left.js";

test("no number before two seconds and a twentieth of the work; then what equal speed says", () => {
  const left = new TimeLeft(100);
  const after = (done: number, ms: number) => left.after({ done, total: 100, stage: "predicting" }, ms);
  expect(after(1, 5_100)).toBeNull();
  expect(after(10, 1_100)).toBeNull();
  expect(after(20, 2_100)).toBe(8);
  expect(after(100, 9_100)).toBe(0);
});

test("estimating the blur gives no number: a page on two threads took 20 s for it, and 300 s for the networks", () => {
  const left = new TimeLeft(0);
  const after = (done: number, second: number, stage: string) => left.after({ done, total: 12, stage }, 1000 * second);
  for (let k = 1; k <= 8; k++) expect(after(k / 2, 2.5 * k, "estimating the blur")).toBeNull();
  const truth = (done: number) => ((12 - done) * 300) / 8;
  expect(after(4.5, 320 - truth(4.5), "undoing motion")).toBeNull();
  for (const done of [5, 8, 11]) expect(after(done, 320 - truth(done), "undoing motion")).toBeCloseTo(truth(done), 6);
});

/** Work of three stages of one window each, of which the first takes half a minute and the others ten seconds. */
function run(left: TimeLeft, speed: number): { readonly told: readonly (number | null)[]; readonly true: number[] } {
  const times = Array.from({ length: 50 }, (_, i) => i + 1);
  const doneAt = (second: number) => (second <= 30 ? second / 30 : 1 + (second - 30) / 10);
  const at = (second: number) => ({ done: doneAt(second), total: 3, stage: "predicting" });
  return {
    told: times.map((second) => left.after(at(second), (second * 1000) / speed)),
    true: times.map((second) => (50 - second) / speed),
  };
}

test("from a fifth of the time on it is right within half, once a restoration like it has gone by", () => {
  const first = new TimeLeft(0);
  run(first, 1);
  const profile = first.finished(50_000);
  // The second one runs at twice the speed: only the proportions are taken over.
  const { told, true: expected } = run(new TimeLeft(0, profile), 2);
  for (let i = 10; i < 49; i++) {
    expect(told[i]! / expected[i]!, `${i}`).toBeGreaterThan(1 / 1.5);
    expect(told[i]! / expected[i]!, `${i}`).toBeLessThan(1.5);
  }
  // Without it, equal work taken for equal time: more than twice too long after a fifth of the time.
  const naive = run(new TimeLeft(0), 1);
  expect(naive.told[10]! / naive.true[10]!).toBeGreaterThan(2);
});

/**
 * The preset Detailed, with the default model, on two busy cores: the ends of its parts in seconds. Work is in 10^9
 * multiply-adds of the networks: 39.75 for a tile of the motion network, 86.3 for a megapixel of the predictor, 8.0 of
 * the uncertainty and 39.4 of a step.
 */
const RECORDED = {
  "the page, 639 x 960 pixels": {
    megapixels: 0.614,
    estimate: [7.7, 11.8, 16.5, 20.4, 24.4, 26.6, 28.3, 28.5, 30.4],
    tiles: [...[49.9, 67.3, 85.9, 108.8, 134.8, 156.4, 175.8, 197.8, 216.9, 235.3, 256.9, 276.9, 293.9, 315.2, 334.7]],
    rest: [352.5, 355.3, 364.2, 372.8, 381.3, 388.8],
    end: 392.6,
  },
  "the page, 320 x 320 pixels": {
    megapixels: 0.102,
    estimate: [3.5, 5.3, 7.3, 9.2, 10.9, 12.1, 13.8, 14.0, 14.4],
    tiles: [31.9, 49.3, 67.8, 83.9],
    rest: [86.8, 87.4, 88.7, 90.1, 91.6, 93.2],
    end: 94.0,
  },
  "the command line, 320 x 320 pixels, 8 bit, one thread": {
    megapixels: 0.102,
    estimate: [9.8, 12.6, 16.4, 18.8, 21, 22.3, 24.7, 24.8, 25.4],
    tiles: [32.3, 38.3, 43.9, 49.5],
    rest: [51.1, 51.4, 52.3, 53.1, 53.8, 54.6],
    end: 55.1,
  },
};
type Recorded = (typeof RECORDED)[keyof typeof RECORDED];

/** Progress events with their seconds. */
function eventsOf({ megapixels, estimate, tiles, rest }: Recorded) {
  const parts = [
    ...estimate.map(() => (150 * megapixels) / estimate.length),
    ...tiles.map(() => 39.75),
    ...[86.3, 8.0, 39.4, 39.4, 39.4, 39.4].map((work) => work * megapixels),
  ];
  const total = parts.reduce((sum, work) => sum + work, 0);
  let done = 0;
  return [...estimate, ...tiles, ...rest].map((second, i) => {
    done = i + 1 === parts.length ? total : done + parts[i]!;
    return { second, progress: { done, total, stage: i < estimate.length ? ESTIMATING : "a network" } };
  });
}

/** The photo is finished up to four seconds after the last event, which the estimate leaves out. */
const FINISH_SECONDS = 4;

test.each(Object.entries(RECORDED))(
  "without a profile it is right within half from a fifth of the work on: %s",
  (_, run) => {
    const left = new TimeLeft(0);
    let numbers = 0;
    for (const { second, progress } of eventsOf(run)) {
      const told = left.after(progress, 1000 * second);
      const truth = run.end - second;
      if (told === null) {
        expect(progress.done / progress.total, `no number after ${second} s`).toBeLessThan(0.2);
        continue;
      }
      numbers++;
      expect(told, `after ${second} s, of ${truth}`).toBeLessThan(1.5 * truth);
      expect(told, `after ${second} s, of ${truth}`).toBeGreaterThan((truth - FINISH_SECONDS) / 1.5);
    }
    expect(numbers).toBeGreaterThanOrEqual(run.tiles.length + run.rest.length - 1);
  },
);

test("a series: from the first number on it is right within half, over all its pictures", () => {
  const run = RECORDED["the page, 320 x 320 pixels"];
  const [opening, between, count] = [5, 1, 4];
  const each = run.end + between;
  const series = new SeriesTimeLeft(0);
  let numbers = 0;
  for (let index = 0; index < count; index++)
    for (const { second, progress } of eventsOf(run)) {
      const now = opening + index * each + second;
      const told = series.after({ index, count }, progress, 1000 * now);
      const truth = opening + count * each - now;
      if (told === null) {
        expect([index, progress.stage]).toEqual([0, ESTIMATING]);
        continue;
      }
      numbers++;
      expect(told, `after ${now} s, of ${truth}`).toBeLessThan(1.5 * truth);
      expect(told, `after ${now} s, of ${truth}`).toBeGreaterThan((truth - FINISH_SECONDS) / 1.5);
    }
  expect(numbers).toBe(count * 19 - run.estimate.length);
});

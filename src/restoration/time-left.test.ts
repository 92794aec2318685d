import { expect, test } from "vitest";
import { TimeLeft } from "./time-left.js";

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

import { expect, test } from "vitest";
import { TimeLeft } from "./time-left.js";

test("no number before a second and a twentieth of the work; then what equal speed says", () => {
  const left = new TimeLeft(100);
  expect(left.after(1, 100, 5_100)).toBeNull();
  expect(left.after(10, 100, 600)).toBeNull();
  expect(left.after(20, 100, 2_100)).toBe(8);
  expect(left.after(100, 100, 9_100)).toBe(0);
});

/** Work of three stages of one window each, of which the first takes half a minute and the others ten seconds. */
function run(left: TimeLeft, speed: number): { readonly told: readonly (number | null)[]; readonly true: number[] } {
  const times = Array.from({ length: 50 }, (_, i) => i + 1);
  const doneAt = (second: number) => (second <= 30 ? second / 30 : 1 + (second - 30) / 10);
  return {
    told: times.map((second) => left.after(doneAt(second), 3, (second * 1000) / speed)),
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

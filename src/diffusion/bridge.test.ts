/** @file Bridges against Brownian motion itself, conditioned by its covariances, and against pairs of Gaussians. */
import { describe, expect, test } from "vitest";
import { bridgeBetas, bridgeOf, bridgeVariances } from "./bridge.js";
import type { NoiseLevel } from "./denoiser.js";
import { levelAt, scheduleFromBetas } from "./schedule.js";
import { posterior } from "./transition.js";

const T = 200;
const variances = bridgeVariances(T, 0.3);
const bridge = bridgeOf(variances);
const sum = (from: number, to: number) => variances.slice(from, to).reduce((all, variance) => all + variance, 0);
const every = Array.from({ length: T }, (_, t) => t);

test("the motion is the same from either end", () => {
  expect([...variances].reverse()).toEqual([...variances]);
  for (const t of every) {
    expect(bridge.toBlurry[t]).toBeCloseTo(bridge.toSharp[T - 1 - t]!, 14);
    expect(bridge.deviation[t]).toBeCloseTo(bridge.deviation[T - 1 - t]!, 14);
  }
});

test("an odd number of steps is refused: it has no two halves", () => {
  expect(() => bridgeVariances(201, 0.3)).toThrow(/even.*201/);
});

test("x_t given both ends is Brownian motion given where it ends", () => {
  for (const t of every) {
    // Started at 0: variance a at step t and a + b at the end, covariance a. Given the end, by the Schur complement.
    const [a, b] = [sum(0, t + 1), sum(t, T)];
    expect(bridge.toBlurry[t]).toBeCloseTo(a / (a + b), 12);
    expect(bridge.toSharp[t]).toBeCloseTo(1 - a / (a + b), 12);
    expect(bridge.deviation[t]).toBeCloseTo(Math.sqrt(a - a ** 2 / (a + b)), 12);
  }
});

test("the schedule has the bridge's signal-to-noise ratios, and its variance is preserved", () => {
  const schedule = scheduleFromBetas(bridgeBetas(T, 0.3));
  for (const t of every) {
    const { signal, noise } = levelAt(schedule, t);
    expect((noise / signal) * (bridge.toSharp[t]! / bridge.deviation[t]!)).toBeCloseTo(1, 9);
    expect(signal ** 2 + noise ** 2).toBeCloseTo(1, 12);
  }
});

/** Mean and variance. */
type Gaussian = readonly [mean: number, variance: number];

/**
 * Where ancestral steps take a distribution when x_0 is N(mean, variance) and the network is exact: each step is affine
 * in x, so that means and variances say all.
 */
function ancestralChain([mean, variance]: Gaussian, start: Gaussian, levels: readonly NoiseLevel[]): Gaussian {
  return levels.slice(1).reduce<Gaussian>(([at, spread], to, i) => {
    const from = levels[i]!;
    const step = posterior(from, to);
    const gain = (from.signal * variance) / (from.signal ** 2 * variance + from.noise ** 2);
    const slope = step.xt + step.x0 * gain;
    const offset = step.x0 * (1 - gain * from.signal) * mean;
    return [slope * at + offset, slope ** 2 * spread + step.variance];
  }, start);
}

describe("pairs of Gaussians", () => {
  const levelsOf = (steps: number): NoiseLevel[] => {
    const schedule = scheduleFromBetas(bridgeBetas(steps, 6));
    return [...Array.from({ length: steps }, (_, i) => levelAt(schedule, steps - 1 - i)), { signal: 1, noise: 0 }];
  };

  test("a known sharp picture: every step has the bridge's own marginal", () => {
    const levels = levelsOf(T);
    const r = -0.7;
    const [first] = levels as [NoiseLevel, ...NoiseLevel[]];
    levels.slice(1).forEach((to, i) => {
      const [mean, variance] = ancestralChain([r, 0], [first.signal * r, first.noise ** 2], levels.slice(0, i + 2));
      expect(mean).toBeCloseTo(to.signal * r, 10);
      expect(variance).toBeCloseTo(to.noise ** 2, 10);
    });
  });

  test("an unknown one: from the photo itself to N(mean, variance), nearer with more steps", () => {
    const [mean, variance] = [0.4, 0.09];
    const offBy = [50, 200, 800].map((steps) => {
      const [m, v] = ancestralChain([mean, variance], [0, 0], levelsOf(steps));
      return Math.abs(m / mean - 1) + Math.abs(v / variance - 1);
    });
    expect(offBy[2]).toBeLessThan(0.02);
    expect(offBy[1]! / offBy[0]!).toBeLessThan(0.5);
    expect(offBy[2]! / offBy[1]!).toBeLessThan(0.5);
  });
});

/**
 * @file Scalar data N(0.3, 0.5^2) with its exact denoiser: every sampler is then an affine map, so mean and deviation
 * of its result follow without sampling, by carrying them through the steps. Expected values: the same recursion in an
 * independent program.
 */
import { describe, expect, test } from "vitest";
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import { denoiserFrom } from "../diffusion/predictions.js";
import { createSchedule } from "../diffusion/schedule-catalog.js";
import { ancestralUpdate } from "./ancestral.js";
import { type SamplerConfig, sample } from "./catalog.js";
import { ddim, ddimUpdate } from "./ddim.js";

import { samplingLevels } from "./spacing.js";
import type { Update } from "./update.js";

const [MEAN, VARIANCE] = [0.3, 0.25];
const schedule = createSchedule({ kind: "linear", T: 1000, start: 1e-4, end: 0.02 });

const METHODS: Record<string, { config: SamplerConfig; update: (from: NoiseLevel, to: NoiseLevel) => Update }> = {
  "ancestral, posterior variance": {
    config: { kind: "ancestral", variance: "posterior" },
    update: (from, to) => ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" }),
  },
  "DDIM, eta 1": {
    config: { kind: "ddim", eta: 1, clip: false },
    update: (from, to) => ddimUpdate(from, to, { eta: 1 }),
  },
  "ancestral, beta variance": {
    config: { kind: "ancestral", variance: "beta" },
    update: (from, to) => ancestralUpdate(from, to, { kind: "ancestral", variance: "beta" }),
  },
  "DDIM, eta 0": {
    config: { kind: "ddim", eta: 0, clip: false },
    update: (from, to) => ddimUpdate(from, to, { eta: 0 }),
  },
};

const POSTERIOR = {
  1000: [0.299997, 0.49611],
  100: [0.299996, 0.468256],
  20: [0.299992, 0.391464],
  10: [0.29998, 0.333263],
};
const EXPECTED: Record<string, Record<number, number[]>> = {
  "ancestral, posterior variance": POSTERIOR,
  "DDIM, eta 1": POSTERIOR,
  "ancestral, beta variance": {
    1000: [0.299997, 0.500752],
    100: [0.299996, 0.50849],
    20: [0.299992, 0.544063],
    10: [0.29998, 0.589025],
  },
  "DDIM, eta 0": {
    1000: [0.29905, 0.498495],
    100: [0.298986, 0.485981],
    20: [0.29866, 0.433734],
    10: [0.298155, 0.374128],
  },
};
const CASES = Object.entries(EXPECTED).flatMap(([method, rows]) =>
  Object.entries(rows).map(([steps, [mean, deviation]]) => ({ method, steps: Number(steps), mean, deviation })),
);

/** The exact estimate is gain * (x_t - signal mean) + mean. */
const gain = ({ signal, noise }: NoiseLevel): number => (signal * VARIANCE) / (signal ** 2 * VARIANCE + noise ** 2);

describe.each(CASES)("$method, $steps steps: $mean / $deviation", ({ method, steps, mean, deviation }) => {
  const { config, update } = METHODS[method]!;
  const levels = samplingLevels(schedule, steps, { kind: "leading" });

  test("the steps' coefficients give every digit", () => {
    let [m, v] = [0, 1];
    for (let i = 0; i < steps; i++) {
      const level = levels[i]!;
      const { x0, xt, noise } = update(level, levels[i + 1]!);
      m = (xt + x0 * gain(level)) * m + x0 * (1 - gain(level) * level.signal) * MEAN;
      v = (xt + x0 * gain(level)) ** 2 * v + noise ** 2;
    }
    expect([m.toFixed(6), Math.sqrt(v).toFixed(6)]).toEqual([mean!.toFixed(6), deviation!.toFixed(6)]);
  });

  test("the sampler's responses to its start and to each step's noise give the same", async () => {
    // Element 0: mean 0.3 and no noise. Others have mean 0, so element 1 responds to the start, element 2 + k to the
    // noise of step k.
    const denoise: Denoiser = async (xt, level) =>
      xt.map((value, i) => (i === 0 ? MEAN + gain(level) * (value - level.signal * MEAN) : gain(level) * value));
    const impulse = (at: number) => {
      const out = new Float32Array(steps + 2);
      out[at] = 1;
      return out;
    };
    const sampling = sample(config, denoise, impulse(1), levels, (step) => impulse(step + 2));
    let next = await sampling.next();
    while (!next.done) next = await sampling.next();
    const [offset, ...responses] = next.value;
    const spread = Math.hypot(...responses);
    expect(Math.abs(offset! - mean!)).toBeLessThan(2e-6); // float32 states, up to 1000 updates
    expect(Math.abs(spread - deviation!)).toBeLessThan(2e-6);
  });
});

test("2000 steps of the paper's schedule, where the signal falls to 1e-11: float32 images do not suffer", async () => {
  const paper = createSchedule({ kind: "linear", T: 2000, start: 1e-4, end: 0.05 });
  const levels = samplingLevels(paper, 2000, { kind: "trailing" });
  const start = Float32Array.from({ length: 64 }, (_, i) => (i - 32) / 12);
  // eps, as the paper's network predicts it: the estimate of x_0 is off by up to 1e4 in the first steps, and must not
  // matter.
  const eps = (xt: number, { signal, noise }: NoiseLevel) =>
    (noise * (xt - signal * MEAN)) / (signal ** 2 * VARIANCE + noise ** 2);
  let calls = 0;
  const denoise = denoiserFrom("eps", async (xt, level) => {
    calls++; // and off by one part in 4 million, as float32 networks are
    return xt.map((value, i) => eps(value, level) * (1 + (((i + calls) % 3) - 1) * 2 ** -22));
  });
  const exact = Float64Array.from(start);
  let largest = 0;
  const sampling = ddim(denoise, start, levels, () => new Float32Array(64), { kind: "ddim", eta: 0, clip: false });
  let next = await sampling.next();
  for (; !next.done; next = await sampling.next()) {
    const { index, level, denoised } = next.value;
    largest = Math.max(largest, ...denoised.map((value) => Math.abs(value)));
    const { x0, xt } = ddimUpdate(level, levels[index + 1]!, { eta: 0 });
    exact.forEach((value, i) => {
      exact[i] = x0 * (MEAN + gain(level) * (value - level.signal * MEAN)) + xt * value;
    });
  }
  expect(largest).toBeGreaterThan(1e4);
  next.value.forEach((value, i) => {
    expect(Math.abs(value - exact[i]!)).toBeLessThan(2e-5);
  });
});

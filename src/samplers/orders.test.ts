/**
 * @file How fast the samplers of SDEs reach the exact answer. Scalar data N(0.3, 0.5^2) with its exact denoiser: where
 * a sampler is affine with fixed coefficients, mean and variance of its result follow from the updates alone, in
 * float64 and without sampling; for the adaptive ones, from many samples or from the ODE's closed form.
 */
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import { CLEAN } from "../diffusion/noise-level.js";
import { sdeFromSchedule } from "../diffusion/process.js";
import { createSchedule } from "../diffusion/schedule-catalog.js";
import type { Sde } from "../diffusion/sde.js";
import { createSde } from "../diffusion/sde-catalog.js";
import { ancestralUpdate } from "./ancestral.js";
import { type SamplerInput, sample } from "./catalog.js";
import { eulerMaruyamaUpdate } from "./euler-maruyama.js";
import { correctorAlpha, langevinUpdate, stepSizes } from "./predictor-corrector.js";
import { reverseDiffusionUpdate } from "./reverse-diffusion.js";
import type { Sampling } from "./sampling.js";
import { samplingLevels } from "./spacing.js";
import { drawStart, gaussianSteps } from "./start.js";
import type { Update } from "./update.js";

const [MEAN, VARIANCE] = [0.3, 0.25];
/** The exact estimate is MEAN + gain (x_t - signal MEAN). */
const gain = ({ signal, noise }: NoiseLevel): number => (signal * VARIANCE) / (signal ** 2 * VARIANCE + noise ** 2);
const exactDenoiser: Denoiser = async (xt, level) =>
  xt.map((value) => MEAN + gain(level) * (value - level.signal * MEAN));
const marginal = ({ signal, noise }: NoiseLevel) => ({
  mean: signal * MEAN,
  variance: signal ** 2 * VARIANCE + noise ** 2,
});

const SDES: Record<string, Sde> = {
  vp: createSde({ kind: "vp" }),
  "sub-vp": createSde({ kind: "sub-vp" }),
  ve: createSde({ kind: "ve" }),
  "a DDPM schedule": sdeFromSchedule(createSchedule({ kind: "linear", T: 1000, start: 1e-4, end: 0.02 })),
};

interface Moments {
  readonly mean: number;
  readonly variance: number;
}
function carried({ mean, variance }: Moments, level: NoiseLevel, { x0, xt, noise }: Update): Moments {
  const slope = xt + x0 * gain(level);
  return {
    mean: slope * mean + x0 * MEAN * (1 - gain(level) * level.signal),
    variance: slope ** 2 * variance + noise ** 2,
  };
}

/**
 * Weak error at the end time: of the mean and the standard deviation, after `steps` even steps from the exact marginal
 * at t = 1.
 */
function weakError(
  sde: Sde,
  steps: number,
  update: (t: number, h: number) => readonly (readonly [NoiseLevel, Update])[],
): number {
  const end = 0.05; // far enough from 0 that even steps resolve the process
  const h = (1 - end) / steps;
  let moments: Moments = marginal(sde.levelAt(1));
  for (let i = 0; i < steps; i++)
    for (const [level, one] of update(1 - i * h, h)) moments = carried(moments, level, one);
  const exact = marginal(sde.levelAt(end));
  return Math.max(
    Math.abs(moments.mean - exact.mean),
    Math.abs(Math.sqrt(moments.variance) - Math.sqrt(exact.variance)),
  );
}

/** log2 of the errors' ratios as steps double. */
const ordersOf = (errors: readonly number[]): number[] =>
  errors.slice(1).map((error, i) => Math.log2(errors[i]! / error));

describe.each(Object.entries(SDES))("%s", (_, sde) => {
  const single =
    (rule: (from: NoiseLevel, to: NoiseLevel, t: number, h: number) => Update) => (t: number, h: number) => {
      const [from, to] = [sde.levelAt(t), sde.levelAt(t - h)];
      return [[from, rule(from, to, t, h)] as const];
    };
  const RULES = {
    "Euler-Maruyama": single((_from, _to, t, h) => eulerMaruyamaUpdate(sde, t, h)),
    "reverse diffusion": single((from, to) => reverseDiffusionUpdate(from, to, { ode: false })),
    "reverse diffusion of the ODE": single((from, to) => reverseDiffusionUpdate(from, to, { ode: true })),
    "ancestral sampling": single((from, to) => ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" })),
  };

  test.each(Object.entries(RULES))("%s: weak order 1", (_name, rule) => {
    const orders = ordersOf([4000, 8000, 16_000, 32_000].map((steps) => weakError(sde, steps, rule)));
    for (const order of orders) expect(order).toBeGreaterThan(0.9);
    // Mean and deviation err in opposite ways with VE's large steps: the order comes down to 1 from above.
    expect(orders.at(-1)!).toBeLessThan(1.15);
  });

  test("annealed Langevin steps alone bring a wrong distribution to the level's, to the order of their size", () => {
    const level = sde.levelAt(0.4);
    const exact = Math.sqrt(marginal(level).variance);
    const errors = [0.32, 0.16, 0.08].map((snr) => {
      const size = stepSizes.annealed({
        snr,
        alpha: correctorAlpha(level, level),
        level,
        norms: () => ({ score: 1, noise: 1 }),
      });
      let moments: Moments = { mean: -2, variance: 4 };
      for (let i = 0; i < 20_000; i++) moments = carried(moments, level, langevinUpdate(level, size));
      expect(Math.abs(moments.mean - marginal(level).mean)).toBeLessThan(1e-9);
      return Math.abs(Math.sqrt(moments.variance) - exact);
    });
    for (const order of ordersOf(errors)) expect(Math.abs(order - 2)).toBeLessThan(0.2); // size goes with snr^2
  });

  const finish = async (sampling: Sampling) => {
    let steps = 0;
    for (let next = await sampling.next(); ; next = await sampling.next()) {
      if (next.done) return { x: next.value, steps };
      steps++;
    }
  };

  test("probability flow: the closed form, to an error that follows the tolerance; steps as its power -1/5", async () => {
    const [from, to] = [sde.levelAt(1), sde.levelAt(0.05)];
    const [start, end] = [marginal(from), marginal(to)];
    const begin = Float32Array.from({ length: 9 }, (_x, i) => start.mean + ((i - 4) / 2) * Math.sqrt(start.variance));
    const run = async (tolerance: number) => {
      let calls = 0;
      const counting: Denoiser = (xt, level) => {
        calls++;
        return exactDenoiser(xt, level);
      };
      const config: SamplerInput = {
        kind: "probability-flow",
        relativeTolerance: tolerance,
        absoluteTolerance: tolerance,
      };
      const { x } = await finish(sample(config, counting, begin.slice(), [from, to], () => new Float32Array(0), sde));
      const error = x.reduce((worst, value, i) => {
        const exact = end.mean + (begin[i]! - start.mean) * Math.sqrt(end.variance / start.variance);
        return Math.max(worst, Math.abs(value - exact));
      }, 0);
      return { error, calls };
    };
    const [loose, tight] = [await run(1e-3), await run(1e-5)];
    expect(loose!.error).toBeLessThan(0.1);
    expect(tight!.error).toBeLessThan(1e-4);
    expect(loose!.error / tight!.error).toBeGreaterThan(10);
    // A hundredth of the tolerance is 2.5 times the steps, if all of them are bound by it and none is given up.
    expect(tight!.calls / loose!.calls).toBeGreaterThan(1.2);
    expect(tight!.calls / loose!.calls).toBeLessThan(3);
  });

  test("adaptive SDE: mean and deviation of many samples, nearer with a smaller tolerance, at more cost", async () => {
    const rng = Rng.fromSeed(8);
    const length = 20_000;
    const run = async (relativeTolerance: number) => {
      const levels = [sde.levelAt(1), sde.levelAt(sde.endTime), CLEAN];
      const x = drawStart("gaussian", { rng, level: levels[0]!, length });
      const config: SamplerInput = {
        kind: "adaptive-sde",
        relativeTolerance,
        absoluteTolerance: relativeTolerance / 2.5,
      };
      const result = await finish(sample(config, exactDenoiser, x, levels, gaussianSteps(rng), sde));
      const mean = result.x.reduce((sum, value) => sum + value, 0) / length;
      const variance = result.x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
      return { mean, deviation: Math.sqrt(variance), steps: result.steps };
    };
    const [loose, usual] = [await run(0.2), await run(0.02)];
    // The prior is not the marginal at t = 1: about 0.002 of the mean. Standard errors: 0.0035 and 0.0025.
    expect(Math.abs(usual.mean - MEAN)).toBeLessThan(0.02);
    expect(Math.abs(usual.deviation - 0.5)).toBeLessThan(0.02);
    expect(usual.steps / loose.steps).toBeGreaterThan(1.5);
    expect(Math.abs(loose.deviation - 0.5)).toBeGreaterThan(Math.abs(usual.deviation - 0.5));
  });
});

test("Euler-Maruyama: strong order 1, for the noise does not depend on x: paths of one noise come closer as steps halve", async () => {
  const sde = SDES.vp!;
  const rng = Rng.fromSeed(9);
  const length = 2000;
  const finest = 2048;
  const end = 0.05;
  /** The same Brownian path in fewer increments: sums of the finest ones. */
  const path = async (steps: number): Promise<Float32Array> => {
    const share = finest / steps;
    const levels = Array.from({ length: steps + 1 }, (_, i) => sde.levelAt(1 - (i / steps) * (1 - end)));
    const noise = (step: number, start: number, count: number): Float32Array => {
      const sum = new Float32Array(count);
      for (let k = step * share; k < (step + 1) * share; k++)
        rng
          .fork("path", k)
          .normals(count, start)
          .forEach((z, i) => {
            sum[i]! += z / Math.sqrt(share);
          });
      return sum;
    };
    const sampling = sample(
      { kind: "euler-maruyama" },
      exactDenoiser,
      rng.fork("start").normals(length),
      levels,
      noise,
      sde,
    );
    for (let next = await sampling.next(); ; next = await sampling.next()) if (next.done) return next.value;
  };
  const reference = await path(finest);
  const errors: number[] = [];
  for (const steps of [64, 128, 256]) {
    const x = await path(steps);
    errors.push(Math.sqrt(x.reduce((sum, value, i) => sum + (value - reference[i]!) ** 2, 0) / length));
  }
  for (const order of ordersOf(errors)) expect(Math.abs(order - 1)).toBeLessThan(0.25);
});

describe("models and samplers of another kind", () => {
  const steps = 2000;
  const SAMPLERS: Record<string, (sde: Sde) => (from: NoiseLevel, to: NoiseLevel) => Update> = {
    ancestral: () => (from, to) => ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" }),
    "reverse diffusion": () => (from, to) => reverseDiffusionUpdate(from, to, { ode: false }),
    "Euler-Maruyama": (sde) => (from, to) => {
      const [t, s] = [from, to].map(({ signal, noise }) => sde.timeOf(noise / signal)) as [number, number];
      return eulerMaruyamaUpdate(sde, t, t - s);
    },
  };
  test.each(Object.keys(SDES).flatMap((name) => Object.keys(SAMPLERS).map((by) => ({ name, by }))))(
    "$name by $by: the data's mean and deviation",
    ({ name, by }) => {
      const sde = SDES[name]!;
      // Even in log-SNR: a process of any kind is visited where it changes.
      const levels = samplingLevels(sde, steps, { kind: "log-snr" }).slice(0, -1);
      const rule = SAMPLERS[by]!(sde);
      let moments = marginal(levels[0]!);
      for (let i = 0; i + 1 < levels.length; i++)
        moments = carried(moments, levels[i]!, rule(levels[i]!, levels[i + 1]!));
      expect(Math.abs(moments.mean - MEAN)).toBeLessThan(0.01);
      expect(Math.abs(Math.sqrt(moments.variance) - 0.5)).toBeLessThan(0.01);
    },
  );
});

/** @file The contract of all samplers of the catalog, and the properties of each. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import type { Denoiser } from "../diffusion/denoiser.js";
import { CLEAN, levelFromAlphaBar } from "../diffusion/noise-level.js";
import { sdeFromSchedule } from "../diffusion/process.js";
import { createSchedule } from "../diffusion/schedule-catalog.js";
import { createSde } from "../diffusion/sde-catalog.js";
import {
  evaluationsOf,
  type SamplerInput,
  type SamplerKind,
  samplerSchema,
  samplers,
  sample as sampleWith,
} from "./catalog.js";
import type { Sampling, SamplingStep } from "./sampling.js";
import { samplingLevels } from "./spacing.js";
import { drawStart, gaussianSteps } from "./start.js";
import { applyUpdate } from "./update.js";

const rng = Rng.fromSeed(5);
const LENGTH = 257;
const schedule = createSchedule({ kind: "linear", T: 40, end: 0.2 });
const sde = sdeFromSchedule(schedule);
const sample = (...[config, denoiser, x, levels, noise]: Parameters<typeof sampleWith>): Sampling =>
  sampleWith(config, denoiser, x, levels, noise, sde);
const target = rng.fork("target").normals(LENGTH);
/** Some function of x and the level: half way from x to a fixed image, less where there is more noise. */
const denoise: Denoiser = async (xt, { signal }) => xt.map((value, i) => target[i]! + 0.5 * signal * Math.tanh(value));
const start = () => drawStart("gaussian", { rng, level: levelFromAlphaBar(0), length: LENGTH });
const noise = gaussianSteps(rng);

async function finish(sampling: Sampling, onStep: (step: SamplingStep) => void = () => {}): Promise<Float32Array> {
  for (let next = await sampling.next(); ; next = await sampling.next()) {
    if (next.done) return next.value;
    onStep(next.value);
  }
}
const worst = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

/** Those that ask the denoiser once a step, treat each pixel by itself and forget what was. */
const FORGETFUL: readonly SamplerInput[] = [
  { kind: "ancestral" },
  { kind: "ancestral", variance: "beta" },
  { kind: "ddim" },
  { kind: "ddim", eta: 0.5 },
  { kind: "ddim", eta: 1, clip: true },
  { kind: "dpm-solver", order: 1 },
  { kind: "dpm-solver", order: 1, stochastic: true },
  { kind: "euler-maruyama" },
  { kind: "reverse-diffusion" },
];
/** The same, but for earlier estimates that they remember. */
const PLAIN: readonly SamplerInput[] = [
  ...FORGETFUL,
  { kind: "dpm-solver" },
  { kind: "dpm-solver", order: 3 },
  { kind: "dpm-solver", target: "eps", correction: "heun", lowerAtEnd: false },
  { kind: "dpm-solver", stochastic: true },
  { kind: "unipc" },
  { kind: "unipc", order: 3, weighting: "bh1" },
  { kind: "unipc", target: "eps" },
  { kind: "lms" },
];
/** Those that ask more often, choose their steps themselves, or go by the whole image. */
const OTHERS: readonly SamplerInput[] = [
  { kind: "heun" },
  { kind: "heun", alpha: 0.5, churn: 4 },
  { kind: "heun", variable: "time" },
  { kind: "dpm-2s" },
  { kind: "dpm-2s", target: "eps", eta: 1 },
  { kind: "predictor-corrector" },
  { kind: "predictor-corrector", predictor: "euler-maruyama", corrector: "annealed", correctorSteps: 2 },
  { kind: "predictor-corrector", predictor: "ancestral" },
  { kind: "probability-flow" },
  { kind: "adaptive-sde" },
];
const CONFIGS = [...PLAIN, ...OTHERS];
const named = (configs: readonly SamplerInput[]) => configs.map((config) => ({ name: JSON.stringify(config), config }));

test("every sampler of the catalog is tested here", () => {
  expect(new Set(CONFIGS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(samplers) as SamplerKind[]));
});

const levels = samplingLevels(schedule, 9, { kind: "linspace" });

describe.each(named(CONFIGS))("$name", ({ config }) => {
  const { clip } = { clip: false, ...config };

  test("yields before each update, works in place, returns the array it was given", async () => {
    const x = start();
    let [steps, calls] = [0, 0];
    const counting: Denoiser = (xt, level) => {
      calls++;
      return denoise(xt, level);
    };
    let last: SamplingStep | undefined;
    const result = await finish(sample(config, counting, x, levels, noise), (step) => {
      expect(step.x).toBe(x);
      expect(step.index).toBe(steps++);
      expect(step.total).toBeGreaterThan(step.index);
      last = { ...step, denoised: step.denoised.slice() };
    });
    expect(result).toBe(x);
    const expected = evaluationsOf(config, 9);
    expect(calls).toBe(expected ?? calls);
    if (expected !== null) expect(steps).toBe(9);
    expect(last!.total).toBe(steps);
    const end = clip ? last!.denoised.map((value) => Math.max(-1, Math.min(1, value))) : last!.denoised;
    expect(worst(result, end), "ends in the last estimate, without noise").toBeLessThan(1e-6);
  });

  test("leaving the loop stops: no further call of the denoiser", async () => {
    let calls = 0;
    const counting: Denoiser = (xt, level) => {
      calls++;
      return denoise(xt, level);
    };
    let left = 0;
    for await (const { index } of sample(config, counting, start(), levels, noise)) {
      left = calls;
      if (index === 3) break;
    }
    expect(calls).toBe(left);
    expect(left).toBeGreaterThan(3);
  });

  test("a network that gives NaN is reported, with the step", async () => {
    const broken: Denoiser = async (xt, level) => (level.noise < 0.8 ? xt.map(() => Number.NaN) : denoise(xt, level));
    await expect(finish(sample(config, broken, start(), levels, noise))).rejects.toMatchObject({
      code: "numeric",
      message: expect.stringMatching(/: step \d+/),
    });
  });

  test("levels that do not fall and arrays of another length are refused", async () => {
    const run = (...over: Partial<[typeof levels, Denoiser]>) =>
      finish(sample(config, over[1] ?? denoise, start(), over[0] ?? levels, noise));
    await expect(run([...levels].reverse())).rejects.toThrow(/noisy to clean/);
    await expect(run([CLEAN])).rejects.toThrow(/two levels/);
    await expect(run(levels, async () => new Float32Array(2))).rejects.toMatchObject({ code: "shape" });
  });

  test("starts from pure noise, too", async () => {
    const rescaled = createSchedule({ kind: "cosine", T: 60, zeroTerminalSnr: true });
    const whole = samplingLevels(rescaled, 30, { kind: "trailing" });
    const known: Denoiser = async () => target.slice();
    const result = await finish(sampleWith(config, known, start(), whole, noise, sdeFromSchedule(rescaled)));
    expect(worst(result, clip ? target.map((value) => Math.max(-1, Math.min(1, value))) : target)).toBeLessThan(1e-5);
  });

  test.each(["vp", "sub-vp", "ve"] as const)("a %s process: the one image there is, or why not", async (kind) => {
    const forward = createSde({ kind });
    const own = samplingLevels(forward, 40, { kind: "linspace" });
    const begin = drawStart("gaussian", { rng, level: own[0]!, length: LENGTH });
    const run = async () => finish(sampleWith(config, async () => target.slice(), begin, own, noise, forward));
    const reason = samplers[config.kind].cannot?.[kind];
    if (reason) return expect(run).rejects.toThrow(reason);
    const image = clip ? target.map((value) => Math.max(-1, Math.min(1, value))) : target;
    expect(worst(await run(), image)).toBeLessThan(1e-5);
  });
});

describe.each(named(PLAIN))("$name", ({ config }) => {
  test("visits the levels", async () => {
    const x = start();
    const seen: SamplingStep[] = [];
    const result = await finish(sample(config, denoise, x, levels, noise), (step) => {
      seen.push({ ...step, x: step.x.slice(), denoised: step.denoised.slice() });
    });
    expect(result).toBe(x);
    expect(seen.map(({ index, total, level }) => [index, total, level])).toEqual(
      levels.slice(0, -1).map((level, index) => [index, 9, level]),
    );
    expect(seen[0]!.x).toEqual(start());
    expect(seen[8]!.denoised).toEqual(await denoise(seen[8]!.x, seen[8]!.level));
  });

  test("a part of the image is what the whole has there", async () => {
    const whole = await finish(sample(config, denoise, start(), levels, noise));
    const [from, to] = [31, 95];
    const partNoise = (step: number) => rng.fork("step", step).normals(to - from, from);
    const partDenoise: Denoiser = async (xt, { signal }) =>
      xt.map((value, i) => target[from + i]! + 0.5 * signal * Math.tanh(value));
    const part = await finish(sample(config, partDenoise, start().slice(from, to), levels, partNoise));
    expect(part).toEqual(whole.slice(from, to));
  });

  test("NaN is reported at its very step", async () => {
    const broken: Denoiser = async (xt, level) => (level === levels[2] ? xt.map(() => Number.NaN) : denoise(xt, level));
    await expect(finish(sample(config, broken, start(), levels, noise))).rejects.toMatchObject({
      code: "numeric",
      message: expect.stringContaining("step 3 of 9"),
    });
  });
});

describe.each(named(FORGETFUL))("$name", ({ config }) => {
  test("two runs that meet in the middle are one run", async () => {
    const whole = await finish(sample(config, denoise, start(), levels, noise));
    const half = await finish(sample(config, denoise, start(), levels.slice(0, 5), noise));
    expect(
      await finish(sample(config, denoise, half, levels.slice(4), (step, from, count) => noise(step + 4, from, count))),
    ).toEqual(whole);
  });

  test("while the denoiser works, the last estimate is its output array and the last noise is gone", async () => {
    setFlagsFromString("--expose_gc");
    const collect: () => void = runInNewContext("gc");
    const large: WeakRef<Float32Array>[] = [];
    const watch = (array: Float32Array) => {
      large.push(new WeakRef(array));
      return array;
    };
    const alive: number[] = [];
    const counting: Denoiser = async (xt, level, out) => {
      await new Promise((resolve) => setTimeout(resolve, 0)); // a WeakRef that was read or made lives to the end of its turn
      collect();
      alive.push(large.filter((reference) => reference.deref()).length);
      const estimate = await denoise(xt, level);
      if (!out) return watch(estimate);
      out.set(estimate);
      return out;
    };
    let last: SamplingStep | undefined;
    await finish(
      sample(config, counting, start(), levels, (step, from, count) => watch(noise(step, from, count))),
      (step) => {
        last = step;
      },
    );
    expect(alive).toEqual([0, ...new Array(8).fill(1)]);
    expect(last!.denoised.length).toBe(0); // and who keeps a step keeps no estimate by mistake
  });
});

test.each(named(CONFIGS))("$name needs no array that it passes as output", async ({ config }) => {
  const reusing: Denoiser = async (xt, level, out) => {
    expect(out).not.toBe(xt);
    const estimate = await denoise(xt, level);
    out?.set(estimate);
    return out ?? estimate;
  };
  const [a, b] = [denoise, reusing].map((by) => finish(sample(config, by, start(), levels, noise)));
  expect(await b).toEqual(await a);
});

describe("identities", () => {
  test.each([5, 17, 40])(
    "DDIM with eta 1 is ancestral sampling with the posterior's variance: %d steps",
    async (steps) => {
      const levels = samplingLevels(schedule, steps, { kind: "trailing" });
      const a = await finish(sample({ kind: "ddim", eta: 1 }, denoise, start(), levels, noise));
      const b = await finish(sample({ kind: "ancestral" }, denoise, start(), levels, noise));
      expect(worst(a, b)).toBeLessThan(5e-6);
      const c = await finish(sample({ kind: "ancestral", variance: "beta" }, denoise, start(), levels, noise));
      expect(worst(b, c)).toBeGreaterThan(1e-2);
    },
  );

  test("the solvers' order 1 is DDIM: eta 0 for the ODE, of the image or the noise", async () => {
    const levels = samplingLevels(schedule, 12, { kind: "trailing" });
    const ddim = await finish(sample({ kind: "ddim" }, denoise, start(), levels, noise));
    for (const config of [
      { kind: "dpm-solver", order: 1 },
      { kind: "dpm-solver", order: 1, target: "eps" },
    ] as const)
      expect(worst(await finish(sample(config, denoise, start(), levels, noise)), ddim)).toBeLessThan(1e-5);
  });

  test("the stochastic solver's order 1 is DDIM with eta 1", async () => {
    const levels = samplingLevels(schedule, 12, { kind: "trailing" });
    const ddim = await finish(sample({ kind: "ddim", eta: 1 }, denoise, start(), levels, noise));
    const solver = { kind: "dpm-solver", order: 1, stochastic: true } as const;
    expect(worst(await finish(sample(solver, denoise, start(), levels, noise)), ddim)).toBeLessThan(1e-5);
  });

  test("DDIM with eta 0 asks for no noise", async () => {
    const silent = () => {
      throw new Error("asked");
    };
    const levels = samplingLevels(schedule, 10, { kind: "log-snr" });
    await finish(sample({ kind: "ddim" }, denoise, start(), levels, silent));
    await expect(finish(sample({ kind: "ancestral" }, denoise, start(), levels, silent))).rejects.toThrow("asked");
  });

  test("for one known image, DDIM ends in it from any start in any number of steps", async () => {
    for (const steps of [1, 3, 40]) {
      const levels = samplingLevels(schedule, steps, { kind: "trailing" });
      const result = await finish(sample({ kind: "ddim" }, async () => target.slice(), start(), levels, noise));
      expect(worst(result, target)).toBeLessThan(1e-6);
    }
  });

  test("equal levels are a step that does nothing", async () => {
    const level = levelFromAlphaBar(0.4);
    for (const config of PLAIN.filter((c) => !("clip" in c)))
      expect(worst(await finish(sample(config, denoise, start(), [level, level], noise)), start())).toBeLessThan(1e-6);
    const [first, ...rest] = levels;
    for (const config of [{ kind: "dpm-solver", order: 3 }, { kind: "unipc", order: 3 }, { kind: "heun" }] as const) {
      const once = await finish(sample(config, denoise, start(), levels, noise));
      const twice = await finish(sample(config, denoise, start(), [first!, first!, ...rest], noise));
      expect(worst(once, twice)).toBeLessThan(1e-5);
    }
  });
});

test("starts: standard normal, uniform in [0, 1), the blurry photo at the first level", () => {
  const level = levelFromAlphaBar(0.09);
  const y = target;
  const moments = (x: Float32Array) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    return { mean, variance: x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length };
  };
  const uniform = drawStart("uniform", { rng, level, length: 20_000 });
  expect(Math.abs(moments(uniform).mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 20_000));
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...uniform)).toBeLessThanOrEqual(1);
  expect(Math.abs(moments(drawStart("gaussian", { rng, level, length: 20_000 })).variance - 1)).toBeLessThan(0.05);
  const gaussian = start();
  const blurry = drawStart("blurry", { rng, level, length: LENGTH, y });
  expect(
    worst(
      blurry,
      gaussian.map((z, i) => 0.3 * y[i]! + Math.sqrt(0.91) * z),
    ),
  ).toBeLessThan(1e-6);
  expect(() => drawStart("blurry", { rng, level, length: LENGTH })).toThrow(/blurry photo/);
});

test("options are checked", () => {
  expect(samplerSchema.parse({ kind: "ddim" })).toEqual({ kind: "ddim", eta: 0, clip: false });
  expect(samplerSchema.safeParse({ kind: "ddim", eta: 1.5 }).success).toBe(false);
  expect(samplerSchema.safeParse({ kind: "nonsense" }).success).toBe(false);
});

test("a large image is updated in blocks, each position with its own noise", () => {
  const length = 2 ** 20 + 12_345;
  const asked: [number, number][] = [];
  const x = new Float32Array(length);
  applyUpdate("test", x, new Float32Array(length).fill(1), { x0: 2, xt: 5, noise: 1 }, (from, count) => {
    asked.push([from, count]);
    return noise(0, from, count);
  });
  expect(asked).toEqual([
    [0, 2 ** 20],
    [2 ** 20, 12_345],
  ]);
  expect(x).toEqual(noise(0, 0, length).map((z) => 2 + z));
});

/** @file Every process with every sampler against the closed form: samples scatter as the posterior does. */
import { describe, expect, test } from "vitest";
import { Rng } from "../../src/base/random.js";
import type { NoiseLevel } from "../../src/diffusion/denoiser.js";
import { createProcess, sdeOf } from "../../src/diffusion/process.js";
import type { Planes } from "../../src/images/image.js";
import { modelConfigSchema } from "../../src/restoration/model-config.js";
import { createRestorer, type RestoreProgress } from "../../src/restoration/restorer.js";
import { ancestralUpdate } from "../../src/samplers/ancestral.js";
import type { SamplerInput } from "../../src/samplers/catalog.js";
import { eulerMaruyamaUpdate } from "../../src/samplers/euler-maruyama.js";
import { updateInTime } from "../../src/samplers/in-time.js";
import { reverseDiffusionStep } from "../../src/samplers/reverse-diffusion.js";
import { samplingLevels } from "../../src/samplers/spacing.js";
import { priorDeviation } from "../../src/samplers/start.js";
import type { Update } from "../../src/samplers/update.js";
import { fallingPower, gaussianDeblurring, shakeKernel } from "./gaussian-deblurring.js";
import { oracleRuntime } from "./oracle-runtime.js";
import { aliveParts, sampling, schedule, tinyUnet } from "./tiny-model.js";

const rng = Rng.fromSeed(11);

describe("processes and samplers, against the closed form", () => {
  const [width, height] = [12, 8];
  const oracle = gaussianDeblurring({
    width,
    height,
    power: fallingPower(width, height, 0.02),
    kernel: shakeKernel(width, height, 3, 1),
    noiseVariance: 0.002,
    mean: 0,
  });
  const y = oracle.observe(oracle.drawSharp(rng.fork("sharp"), 3), rng.fork("observed"));
  const photo: Planes = { width, height, channels: 3, data: y };
  const wiener = oracle.posteriorMean(y);
  const configOf = (process: unknown) =>
    modelConfigSchema.parse({
      diffusion: {
        network: { ...tinyUnet(6, 8), unshuffle: 1, widths: [4], blocks: [1] },
        prediction: "x0",
        schedule: process,
        clip: false,
      },
      sampling: { ...sampling, spacing: { kind: "linspace" } },
    });
  const restorerOf = (process: unknown) => {
    const config = configOf(process);
    const runtime = oracleRuntime((blurry) => oracle.denoiser(blurry));
    return createRestorer({ name: "oracle", config, weights: aliveParts(config, rng) }, runtime);
  };
  const PROCESSES = { ddpm: schedule, vp: { kind: "vp" }, "sub-vp": { kind: "sub-vp" }, ve: { kind: "ve" } };
  const SAMPLERS: readonly SamplerInput[] = [
    { kind: "ancestral" },
    { kind: "euler-maruyama" },
    { kind: "reverse-diffusion" },
    { kind: "predictor-corrector" },
    { kind: "probability-flow", relativeTolerance: 1e-3, absoluteTolerance: 1e-3 },
    { kind: "adaptive-sde" },
  ];
  const CASES = Object.entries(PROCESSES).flatMap(([process, config]) =>
    SAMPLERS.filter(({ kind }) => !(process === "sub-vp" && kind === "predictor-corrector")).map((sampler) => ({
      process,
      kind: sampler.kind,
      config,
      sampler,
    })),
  );

  const [STEPS, SAMPLES] = [200, 4];

  /**
   * The variance that so many steps leave, mean over the frequencies: with the exact denoiser every update is linear in
   * x. Null for samplers whose steps depend on x; they come closer to the posterior's variance.
   */
  function linearVariance({ config, sampler }: (typeof CASES)[number]): number | null {
    const process = createProcess(configOf(config).diffusion!.schedule);
    const levels = samplingLevels(process, STEPS, { kind: "linspace" });
    const sde = sdeOf(process);
    const updates: Readonly<Record<string, (from: NoiseLevel, to: NoiseLevel) => Update>> = {
      ancestral: (from, to) => ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" }),
      "euler-maruyama": (from, to) => updateInTime("test", sde, from, to, (t, h) => eulerMaruyamaUpdate(sde, t, h)),
      "reverse-diffusion": (from, to) => reverseDiffusionStep(from, to, { ode: false }),
    };
    const updateOf = updates[sampler.kind];
    if (!updateOf) return null;
    let power = new Float64Array(width * height).fill(priorDeviation(levels[0]!) ** 2);
    for (let i = 0; i < STEPS; i++) {
      const update = updateOf(levels[i]!, levels[i + 1]!);
      const gain = oracle.gain(levels[i]!);
      power = power.map((value, k) => (update.x0 * gain[k]! + update.xt) ** 2 * value + update.noise ** 2);
    }
    return power.reduce((sum, value) => sum + value, 0) / power.length;
  }

  const scatterOf = async (one: (typeof CASES)[number], onProgress: (event: RestoreProgress) => void) => {
    const { samples } = await restorerOf(one.config).restore(photo, {
      ...{ steps: STEPS, samples: SAMPLES, seed: CASES.indexOf(one), sampler: one.sampler },
      onProgress,
    });
    const sums = samples.map(({ data }) => data.reduce((all, value, i) => all + (value - wiener[i]!) ** 2, 0));
    return sums.reduce((all, sum) => all + sum, 0) / (SAMPLES * y.length);
  };
  /** Measured over expected variance; computed once for both tests. */
  const ratios = new Map<string, number>();
  const ratioOf = async (one: (typeof CASES)[number], onProgress: (event: RestoreProgress) => void = () => {}) => {
    const key = `${one.process} ${one.kind}`;
    const known = ratios.get(key);
    if (known !== undefined) return known;
    const ratio = (await scatterOf(one, onProgress)) / (linearVariance(one) ?? oracle.posteriorVariance);
    ratios.set(key, ratio);
    return ratio;
  };

  // The network's input is scaled and its level given as if variance had been preserved: a wrong one would show in the
  // oracle.
  test.each(CASES)(
    "$process by $kind: samples scatter about the Wiener filter's result by the posterior's variance",
    async (one) => {
      const stages: RestoreProgress[] = [];
      const ratio = await ratioOf(one, (event) => stages.push(event));
      // 4 x 288 values, correlated over about 10 pixels, estimate a variance to 13 %.
      expect(Math.abs(ratio - 1)).toBeLessThan(0.4);
      stages.forEach(({ done, total }, i) => {
        expect(total).toBeGreaterThanOrEqual(done);
        expect(done).toBeGreaterThanOrEqual(stages[i - 1]?.done ?? 0);
      });
      expect(stages.at(-1)!.done).toBe(stages.at(-1)!.total);
    },
  );

  test("over all of them together, of which each has its own noise, to 3 standard errors of 13 %", async () => {
    // The corrector's steps depend on x, and leave too much variance at 200 levels.
    const exact = CASES.filter(({ kind }) => kind !== "predictor-corrector");
    let sum = 0;
    for (const one of exact) sum += await ratioOf(one);
    expect(Math.abs(sum / exact.length - 1)).toBeLessThan((3 * 0.13) / Math.sqrt(exact.length));
  });

  test("a bridge from the photo: the residual is drawn, from none of it, and samples scatter as the posterior does", async () => {
    const { diffusion, sampling: own } = configOf({ kind: "bridge", T: 1000, betaMax: 6 });
    const config = modelConfigSchema.parse({
      diffusion: { ...diffusion, ofPhoto: true },
      sampling: { ...own, spacing: { kind: "trailing" }, start: "zero" },
    });
    // What the network sees is signal (x - y) + noise eps: the oracle's x_t, less signal y.
    const runtime = oracleRuntime((blurry) => async (rt, level) => {
      const xt = rt.map((value, i) => value + level.signal * blurry[i]!);
      return (await oracle.denoiser(blurry)(xt, level)).map((value, i) => value - blurry[i]!);
    });
    const restorer = createRestorer({ name: "bridge", config, weights: aliveParts(config, rng) }, runtime);
    const { samples } = await restorer.restore(photo, { steps: 250, samples: 8, seed: 3 });
    const scatter =
      samples.reduce((sum, { data }) => sum + data.reduce((all, value, i) => all + (value - wiener[i]!) ** 2, 0), 0) /
      (8 * y.length);
    expect(Math.abs(scatter / oracle.posteriorVariance - 1)).toBeLessThan(0.3);
    const seen: (Float32Array | null)[] = [];
    await restorer.restore(photo, { steps: 2, onStep: ({ diffused }) => seen.push(diffused.base) });
    expect(seen).toEqual([photo.data, photo.data]);
  });

  test("what a sampler cannot do is said", async () => {
    const restorer = restorerOf({ kind: "sub-vp" });
    await expect(restorer.restore(photo, { sampler: { kind: "predictor-corrector" } })).rejects.toThrow(
      /predictor-corrector: .*defined for VE and VP only; use another sampler, got a sub-vp process/,
    );
  });
});

/** @file The oracle against plain linear algebra in pixels, and the samplers against the oracle. */
import { describe, expect, test } from "vitest";
import { Rng } from "../../src/base/random.js";
import type { NoiseLevel } from "../../src/diffusion/denoiser.js";
import { levelFromAlphaBar } from "../../src/diffusion/noise-level.js";
import { createSchedule } from "../../src/diffusion/schedule-catalog.js";
import { ancestralUpdate } from "../../src/samplers/ancestral.js";
import { type SamplerInput, sample } from "../../src/samplers/catalog.js";
import { ddimUpdate } from "../../src/samplers/ddim.js";
import type { Sampling } from "../../src/samplers/sampling.js";
import { samplingLevels } from "../../src/samplers/spacing.js";
import { drawStart, gaussianSteps } from "../../src/samplers/start.js";
import type { Update } from "../../src/samplers/update.js";
import { fallingPower, gaussianDeblurring, shakeKernel } from "./gaussian-deblurring.js";

const rng = Rng.fromSeed(20);
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
const meanSquare = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;

/** The solution of A X = B by elimination with pivots; both square, row-major. */
function solve(n: number, a: Float64Array, b: Float64Array): Float64Array {
  const [A, X] = [a.slice(), b.slice()];
  const swap = (m: Float64Array, i: number, j: number) => {
    const row = m.slice(i * n, i * n + n);
    m.copyWithin(i * n, j * n, j * n + n);
    m.set(row, j * n);
  };
  const subtract = (m: Float64Array, row: number, from: number, factor: number) => {
    for (let k = 0; k < n; k++) m[row * n + k]! -= factor * m[from * n + k]!;
  };
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(A[r * n + c]!) > Math.abs(A[pivot * n + c]!)) pivot = r;
    swap(A, c, pivot);
    swap(X, c, pivot);
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = A[r * n + c]! / A[c * n + c]!;
      subtract(A, r, c, factor);
      subtract(X, r, c, factor);
    }
  }
  return X.map((value, i) => value / A[Math.floor(i / n) * n + Math.floor(i / n)]!);
}

describe.each([
  { width: 12, height: 1, dx: 3, dy: 0 },
  { width: 5, height: 4, dx: 2, dy: -1 },
])("$width x $height against matrices", ({ width, height, dx, dy }) => {
  const n = width * height;
  const oracle = gaussianDeblurring({
    width,
    height,
    power: fallingPower(width, height),
    kernel: shakeKernel(width, height, dx, dy),
    noiseVariance: 0.01,
    mean: 0.2,
  });
  /** Element (i, j) is value at the offset of pixel i from pixel j, wrapping round. */
  const circulant = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const x = ((i % width) - (j % width) + width) % width;
      const y = (Math.floor(i / width) - Math.floor(j / width) + height) % height;
      return values[y * width + x]!;
    });
  /** Covariance at an offset: the mean over frequencies of S cos(2 pi k offset). */
  const covariance = circulant(
    Array.from({ length: n }, (_, offset) => {
      let sum = 0;
      oracle.power.forEach((S, k) => {
        const turns =
          ((k % width) * (offset % width)) / width + (Math.floor(k / width) * Math.floor(offset / width)) / height;
        sum += S * Math.cos(2 * Math.PI * turns);
      });
      return sum / n;
    }),
  );
  const K = circulant(oracle.kernel);
  const identity = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
  const product = (a: Float64Array, b: Float64Array): Float64Array =>
    Float64Array.from({ length: n * n }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[Math.floor(at / n) * n + k]! * b[k * n + (at % n)]!;
      return sum;
    });
  const transposed = (a: Float64Array): Float64Array => a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]!);
  const times = (a: Float64Array, v: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => Array.from(v).reduce((sum, value, j) => sum + a[i * n + j]! * value, 0));
  const inverse = (a: Float64Array): Float64Array => solve(n, a, identity);

  const x0 = oracle.drawSharp(rng.fork("x0"));
  const y = oracle.observe(x0, rng.fork("y"));
  const precision = inverse(covariance).map(
    (value, at) => value + product(transposed(K), K)[at]! / oracle.noiseVariance,
  );

  test("posterior mean and variance", () => {
    const posteriorCovariance = inverse(precision);
    const blurredMean = times(K, new Float64Array(n).fill(oracle.mean));
    const difference = y.map((value, i) => value - blurredMean[i]!);
    const mean = times(posteriorCovariance, times(transposed(K), difference)).map(
      (value) => value / oracle.noiseVariance + oracle.mean,
    );
    expect(worst(oracle.posteriorMean(y), mean)).toBeLessThan(1e-6);
    for (let i = 0; i < n; i++) expect(posteriorCovariance[i * n + i]).toBeCloseTo(oracle.posteriorVariance, 10);
  });

  test.each([0.9999, 0.6, 1e-4])("denoiser at alphaBar %d", async (alphaBar) => {
    const level = levelFromAlphaBar(alphaBar);
    const eps = rng.fork("eps").normals(n);
    const xt = x0.map((value, i) => level.signal * value + level.noise * eps[i]!);
    const weight = (level.signal / level.noise) ** 2;
    const blurredMean = times(K, new Float64Array(n).fill(oracle.mean));
    const evidence = times(
      transposed(K),
      y.map((value, i) => value - blurredMean[i]!),
    ).map(
      (value, i) =>
        value / oracle.noiseVariance + ((xt[i]! - level.signal * oracle.mean) * level.signal) / level.noise ** 2,
    );
    const conditional = inverse(precision.map((value, at) => value + weight * identity[at]!));
    const expected = times(conditional, evidence).map((value) => value + oracle.mean);
    expect(worst(await oracle.denoiser(y)(xt, level), expected)).toBeLessThan(1e-6);
  });
});

describe("samplers with the exact denoiser", () => {
  const [width, height, channels] = [16, 12, 24];
  const oracle = gaussianDeblurring({
    width,
    height,
    power: fallingPower(width, height),
    kernel: shakeKernel(width, height, 4, 2),
    noiseVariance: 0.002,
    mean: 0.1,
  });
  const x0 = oracle.drawSharp(rng.fork("sharp"), channels);
  const y = oracle.observe(x0, rng.fork("noise"));
  const wiener = oracle.posteriorMean(y);
  const schedule = createSchedule({ kind: "cosine", T: 1000, zeroTerminalSnr: true });
  const finish = async (sampling: Sampling): Promise<Float32Array> => {
    for (let next = await sampling.next(); ; next = await sampling.next()) if (next.done) return next.value;
  };
  const length = x0.length;
  const denoise = oracle.denoiser(y);
  const zeros = () => new Float32Array(length);
  const SAMPLERS: readonly SamplerInput[] = [{ kind: "ancestral" }, { kind: "ddim" }, { kind: "ddim", eta: 0.5 }];

  test.each(SAMPLERS.flatMap((config) => [1, 4, 25].map((steps) => ({ ...config, steps }))))(
    "the mean over all noise is the Wiener filter's: $kind, $eta, $steps steps",
    async ({ steps, ...config }) => {
      // The exact sampler is affine in its noise, so without noise it gives its mean.
      const levels = samplingLevels(schedule, steps, { kind: "trailing" });
      expect(worst(await finish(sample(config, denoise, zeros(), levels, zeros)), wiener)).toBeLessThan(5e-6);
    },
  );

  type Step = (from: NoiseLevel, to: NoiseLevel) => Update;
  const ancestralStep: Step = (from, to) => ancestralUpdate(from, to, { kind: "ancestral", variance: "posterior" });
  const ddimStep: Step = (from, to) => ddimUpdate(from, to, { eta: 0 });

  /** Variance of the samples at each frequency, started from white noise: each is a scalar recursion. */
  const sampledPower = (step: Step, levels: readonly NoiseLevel[]): Float64Array => {
    let power = new Float64Array(width * height).fill(1);
    for (let i = 0; i + 1 < levels.length; i++) {
      const share = oracle.gain(levels[i]!);
      const { x0: ofEstimate, xt, noise } = step(levels[i]!, levels[i + 1]!);
      power = power.map((value, k) => value * (xt + ofEstimate * share[k]!) ** 2 + noise ** 2);
    }
    return power;
  };
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

  test.each([
    { name: "ancestral", step: ancestralStep },
    { name: "DDIM", step: ddimStep },
  ])("the variance of $name samples is short of the posterior's by an error of first order", ({ step }) => {
    // Bounds so far out that the first and the last step, which do not shrink as steps grow, add nothing.
    const bounds = { kind: "log-snr", lowest: -20, highest: 20 } as const;
    const shortfall = (steps: number): number =>
      1 - total(sampledPower(step, samplingLevels(schedule, steps, bounds))) / total(oracle.posteriorPower);
    const errors = [200, 400, 800, 1600].map(shortfall);
    for (let i = 1; i < errors.length; i++) expect(Math.abs(errors[i - 1]! / errors[i]! - 2)).toBeLessThan(0.1);
    expect(errors[3]!).toBeLessThan(0.02);
    expect(errors[3]!).toBeGreaterThan(0);
  });

  describe("four samples in 60 steps", () => {
    const levels = samplingLevels(schedule, 60, { kind: "log-snr" });
    const samples = Promise.all(
      [0, 1, 2, 3].map((index) => {
        const source = rng.fork("sample", index);
        const start = drawStart("gaussian", { rng: source, level: levels[0]!, length });
        return finish(sample({ kind: "ancestral" }, denoise, start, levels, gaussianSteps(source)));
      }),
    );
    const power = sampledPower(ancestralStep, levels);
    /** Within 5 standard errors of what a Gaussian of this power at each frequency has. */
    const near = (measured: number, expected: Float64Array) => {
      const error = Math.sqrt((2 * total(expected.map((value) => value ** 2))) / channels) / total(expected);
      const ratio = measured / (total(expected) / expected.length);
      expect(Math.abs(ratio - 1), `ratio ${ratio}, standard error ${error}`).toBeLessThan(5 * error);
    };

    test("differ from the posterior mean by the variance the steps leave", async () => {
      for (const one of await samples) near(meanSquare(one, wiener), power);
    });

    test("have the error of the posterior mean and their own, their mean a quarter of that", async () => {
      near(meanSquare(wiener, x0), oracle.posteriorPower);
      const all = await samples;
      for (const one of all)
        near(
          meanSquare(one, x0),
          oracle.posteriorPower.map((value, k) => value + power[k]!),
        );
      const mean = wiener.map((_, i) => all.reduce((sum, one) => sum + one[i]!, 0) / all.length);
      near(
        meanSquare(mean, x0),
        oracle.posteriorPower.map((value, k) => value + power[k]! / 4),
      );
    });
  });
});

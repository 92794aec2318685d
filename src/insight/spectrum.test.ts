import { expect, test } from "vitest";
import { expectClose } from "../../test/oracle/close.js";
import { fallingPower, gaussianDeblurring } from "../../test/oracle/gaussian-deblurring.js";
import { Rng } from "../base/random.js";
import { addNoise } from "../diffusion/forward.js";
import { levelFromLogSnr } from "../diffusion/noise-level.js";
import type { Planes } from "../images/image.js";
import { emergenceOf, predictedCoherence, predictedPower } from "./emergence.js";
import { BANDS, bandCoherences, bandPowers, coefficientsOf, powerSpectrum, radialAverage } from "./spectrum.js";

const rng = Rng.fromSeed(5);
const SIDE = 64;
const planes = (data: Float32Array, side = SIDE): Planes => ({
  width: side,
  height: side,
  channels: data.length / side ** 2,
  data,
});
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

test("the mean of the power is the variance (Parseval)", () => {
  const data = rng.fork("parseval").normals(SIDE ** 2);
  const average = mean(data);
  const { power } = powerSpectrum(planes(data), { window: "none" });
  expectClose([mean(power)], [mean(data.map((value) => (value - average) ** 2))], { rtol: 1e-6, atol: 0 });
});

test("a wave has its power at its frequency: amplitude squared over two, in all", () => {
  const wave = Float32Array.from(
    { length: SIDE ** 2 },
    (_, i) => 0.6 * Math.cos((2 * Math.PI * 8 * (i % SIDE)) / SIDE),
  );
  const spectrum = powerSpectrum(planes(wave), { window: "none" });
  const total = (points: readonly number[]) => points.reduce((sum, value) => sum + value, 0);
  expect(total([...spectrum.power]) / SIDE ** 2).toBeCloseTo(0.6 ** 2 / 2, 6);
  const strongest = radialAverage(spectrum).reduce((a, b) => (b.power > a.power ? b : a));
  expect(strongest.frequency).toBe(8 / SIDE);
  const bands = bandPowers(spectrum);
  expect(BANDS[bands.indexOf(Math.max(...bands))]!.label).toBe("4 to 8 px"); // 8 px: the upper end counts to the finer band
});

test.each(["none", "hann"] as const)("white noise has its variance at every frequency, window %s", (window) => {
  const data = rng
    .fork("white")
    .normals(3 * 256 ** 2)
    .map((value) => 0.3 * value);
  for (const power of bandPowers(powerSpectrum(planes(data, 256), { window })))
    expect(Math.abs(power / 0.09 - 1)).toBeLessThan(0.2);
  expect(mean(powerSpectrum(planes(data, 256), { window }).power)).toBeCloseTo(0.09, 2);
});

test("only the middle is analysed of what is no power of two", () => {
  const data = new Float32Array(100 * 70).fill(0.25);
  expect(powerSpectrum({ width: 100, height: 70, channels: 1, data })).toMatchObject({ side: 64 });
  expect(() => powerSpectrum({ width: 1, height: 70, channels: 1, data: data.subarray(0, 70) })).toThrow(/2 pixels/);
});

test("x_t and the best estimate from it have the predicted power in every band", async () => {
  const power = fallingPower(SIDE, SIDE, 0.2, 0.06, 2.5);
  // A kernel of zeros: the photo says nothing, and the denoiser knows the spectrum alone.
  const problem = gaussianDeblurring({
    ...{ width: SIDE, height: SIDE, power, noiseVariance: 1, mean: 0 },
    kernel: new Float64Array(SIDE ** 2),
  });
  const channels = 12;
  const x0 = problem.drawSharp(rng.fork("x0"), channels);
  const denoise = problem.denoiser(new Float32Array(x0.length));
  const bandOf = (values: Float64Array) => bandPowers({ side: SIDE, power: values });
  for (const logSnr of [-6, -2, 0, 3]) {
    const level = levelFromLogSnr(logSnr);
    const xt = addNoise(x0, rng.fork("eps", logSnr + 10).normals(x0.length), level);
    const measured = (data: Float32Array) => bandPowers(powerSpectrum(planes(data), { window: "none" })).slice(1);
    const expected = (of: (S: number, l: typeof level) => number) => bandOf(power.map((S) => of(S, level))).slice(1);
    expectClose(
      measured(xt),
      expected((S, { signal, noise }) => signal ** 2 * S + noise ** 2),
      { rtol: 0.1, atol: 0 },
    );
    expectClose(measured(await denoise(xt, level)), expected(predictedPower), { rtol: 0.2, atol: 0 });
  }
});

test("coherence tells a picture from noise of the same power, in every band", () => {
  const side = 256;
  const draw = (label: string) => rng.fork(label).normals(3 * side ** 2);
  const [image, noise] = [draw("image"), draw("noise")];
  const of = (data: Float32Array) => coefficientsOf(planes(data, side));
  // Of the coarsest band: 3 channels of some 180 coefficients.
  for (const value of bandCoherences(of(noise), of(image))) expect(value).toBeLessThan(0.03);
  for (const strength of [0.1, 1, -3])
    expectClose(bandCoherences(of(image.map((value) => strength * value)), of(image)), [1, 1, 1, 1, 1], {
      rtol: 1e-6,
      atol: 0,
    });
  // Image and noise of powers p and q: coherence p / (p + q).
  for (const strength of [0.5, 1, 2]) {
    const mixed = image.map((value, i) => value + strength * noise[i]!);
    const expected = 1 / (1 + strength ** 2);
    for (const value of bandCoherences(of(mixed), of(image))) expect(Math.abs(value - expected)).toBeLessThan(0.1);
  }
});

test("a band appears, by the prediction, where the best estimate is half coherent with the image", () => {
  const levels = [-8, -4, -1, 2, 6].map(levelFromLogSnr);
  const power = Math.exp(2.5); // 0 dB at a log-SNR of -2.5
  const coherences = levels.map((level) => predictedCoherence(power, level));
  expect(emergenceOf(power, levels, coherences)).toEqual({ predicted: 2, measured: 2 });
  expect(predictedCoherence(power, levelFromLogSnr(-2.5))).toBeCloseTo(0.5, 12);
  expect(emergenceOf(power, levels, [1, 0, 0, 0, 1])).toEqual({ predicted: 2, measured: 4 });
  expect(emergenceOf(1e-9, levels, [0, 0, 0, 0, 0])).toEqual({ predicted: null, measured: null });
});

test("first estimates that are noise, with more power than the image, are no detail", () => {
  const side = 64;
  const image = rng.fork("true").normals(side ** 2);
  const loud = rng
    .fork("loud")
    .normals(side ** 2)
    .map((value) => 4 * value);
  const truth = coefficientsOf(planes(image));
  const estimates = [loud, loud.map((value, i) => 0.1 * value + image[i]!), image];
  const finest = estimates.map((data) => bandCoherences(coefficientsOf(planes(data)), truth).at(-1)!);
  const levels = [-4, 0, 4].map(levelFromLogSnr);
  expect(emergenceOf(1, levels, finest).measured).toBe(1);
});

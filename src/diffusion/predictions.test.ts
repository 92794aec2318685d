import { describe, expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { addNoise } from "./forward.js";
import { levelFromAlphaBar } from "./noise-level.js";
import { denoiserFrom, PREDICTIONS, predictionTarget } from "./predictions.js";

const rng = Rng.fromSeed(3);
const x0 = rng.fork("x0").normals(500);
const eps = rng.fork("eps").normals(500);
const worst = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe.each(PREDICTIONS)("a network that predicts %s without error", (prediction) => {
  test.each([
    levelFromAlphaBar(0.9999),
    levelFromAlphaBar(0.5),
    levelFromAlphaBar(0.01),
    { signal: 1, noise: 20 }, // variance-exploding
  ])("gives x_0 back at signal $signal, noise $noise", async (level) => {
    const xt = addNoise(x0, eps, level);
    const denoise = denoiserFrom(prediction, async () => predictionTarget(prediction, x0, eps, level));
    // x_t and the output are float32: half a unit in the last place of each, magnified by noise / signal.
    const magnified = (1 + level.noise / level.signal) * 5 * 2 ** -23;
    expect(worst(await denoise(xt, level), x0)).toBeLessThan(magnified);
  });

  test("leaves x_t alone and clips when asked", async () => {
    const level = levelFromAlphaBar(0.5);
    const xt = addNoise(x0, eps, level);
    const before = xt.slice();
    const denoise = denoiserFrom(prediction, async () => predictionTarget(prediction, x0, eps, level), { clip: true });
    const clipped = x0.map((value) => Math.max(-1, Math.min(1, value)));
    expect(worst(await denoise(xt, level), clipped)).toBeLessThan(2e-6);
    expect(xt).toEqual(before);
  });
});

test("at the end of the paper's schedule eps is magnified 1e11 times, in float64 arithmetic and not beyond", async () => {
  const level = levelFromAlphaBar(7.4e-23);
  const denoise = denoiserFrom("eps", async () => Float32Array.of(1, -0.5, 2));
  const denoised = await denoise(Float32Array.of(1 + 2 ** -23, -0.5, 2), level);
  expect(denoised[0]! / (2 ** -23 / level.signal)).toBeCloseTo(1, 6);
  expect([denoised[1], denoised[2]]).toEqual([0, 0]);
});

test("without signal, eps and score are refused and v and x0 work", async () => {
  const level = levelFromAlphaBar(0);
  const network = async () => Float32Array.of(-0.25);
  const run = (prediction: (typeof PREDICTIONS)[number]) =>
    denoiserFrom(prediction, network)(Float32Array.of(2), level);
  await expect(run("eps")).rejects.toThrow(/signal 0.*predicts v or x0/);
  await expect(run("score")).rejects.toMatchObject({ code: "numeric" });
  expect([...(await run("v"))]).toEqual([0.25]);
  expect([...(await run("x0"))]).toEqual([-0.25]);
});

test("a network's output of another size is refused", async () => {
  const denoise = denoiserFrom("x0", async () => new Float32Array(3));
  await expect(denoise(new Float32Array(4), levelFromAlphaBar(0.5))).rejects.toMatchObject({ code: "shape" });
});

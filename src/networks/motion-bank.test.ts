/**
 * @file Input of the likelihoods: a network that also sees the deconvolution starts with the results of one that does
 * not.
 */
import { expect, test } from "vitest";
import { squareResult } from "../../test/network-result.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { Rng } from "../base/random.js";
import type { Weights } from "../nn/parameters.js";
import { widenedWeights } from "../nn/widened-weights.js";
import { motionBank, motionBankSchema } from "./motion-bank.js";

const SIDE = 32;
const rng = Rng.fromSeed(5);
const create = (judges: "photo" | "all") =>
  motionBank(
    motionBankSchema.parse({
      architecture: "motion-bank",
      judges,
      ...{ widths: [4, 4, 8, 8], blocks: [1, 0, 1, 0], lastBlocks: 0 },
      scales: [{ shrink: 2, motions: [{ lengthPx: 3, directions: 4 }], taps: 9, smoothness: 0.02 }],
    }),
  );
const ofPhoto = create("photo");
const ofAll = create("all");
const known = aliveWeights(ofPhoto.parameters, { initial: rng, instead: rng, scale: 0.3 });

const photo = rng.normals(3 * SIDE * SIDE).map((value) => 0.1 * value);
const beside = (deconvolved: Float32Array) => Float32Array.from([...photo, ...deconvolved]);
const sharper = photo.map((value) => 2 * value);
const ghostly = photo.map((value, i) => value + 0.2 * Math.sin(i));
const between = sharper.map((value, i) => (value + ghostly[i]!) / 2);

/**
 * Distance of the result for the mean of two deconvolutions from the mean of their results: 0 if their share does not
 * depend on them.
 */
async function bend(network: typeof ofPhoto, weights: Weights): Promise<number> {
  const results: Float32Array[] = [];
  for (const deconvolved of [sharper, ghostly, between])
    results.push(await squareResult(network, weights, beside(deconvolved)));
  const [a, b, middle] = results;
  return Math.max(...middle!.map((value, i) => Math.abs(value - (a![i]! + b![i]!) / 2)));
}

test("a network with likelihoods from all inputs starts with the results of one with likelihoods from the photo", async () => {
  const before = await squareResult(ofPhoto, known, beside(sharper));
  const after = await squareResult(ofAll, widenedWeights(ofAll.parameters, known), beside(sharper));
  for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i]!, 5);
});

test("the share of a deconvolution depends on it only with likelihoods from all inputs", async () => {
  expect(await bend(ofPhoto, known)).toBeLessThan(1e-5);
  const alive = aliveWeights(ofAll.parameters, { initial: rng, instead: rng, scale: 0.3 });
  expect(await bend(ofAll, alive)).toBeGreaterThan(1e-3);
});

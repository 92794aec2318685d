import { expect, test } from "vitest";
import { squareResult } from "../../test/network-result.js";
import { Rng } from "../base/random.js";
import { residualUnet, residualUnetSchema } from "../networks/residual-unet.js";
import { bindWeights, initialWeights } from "./parameters.js";
import { widenedWeights } from "./widened-weights.js";

const create = (options: object) =>
  residualUnet(
    residualUnetSchema.parse({
      architecture: "residual-unet",
      addInput: true,
      widths: [8, 8],
      blocks: [1, 1],
      ...options,
    }),
  );
const narrow = create({ inChannels: 3 });
const wide = create({ inChannels: 6, blend: true });
/** Weights without zeros, so that no value agrees by chance. */
const known = new Map(
  [...initialWeights(narrow.parameters, Rng.fromSeed(1))].map(([label, values]) => [
    label,
    values.map((value, i) => value + 0.05 * Math.sin(i + label.length)),
  ]),
);

test("a network with more input channels starts with the results of the smaller one, whatever the new channels hold", async () => {
  const photo = Rng.fromSeed(2).normals(3 * 256);
  const both = Float32Array.from([...photo, ...Rng.fromSeed(3).normals(3 * 256)]);
  const before = await squareResult(narrow, known, photo);
  const after = await squareResult(wide, widenedWeights(wide.parameters, known), both);
  for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i]!, 5);
});

test("pixel-unshuffled weights of nine channels keep their places among twelve; the others are zero", async () => {
  const options = { widths: [6, 8], unshuffle: 2, blend: true };
  const [nine, twelve] = [create({ ...options, inChannels: 9 }), create({ ...options, inChannels: 12, guides: 1 })];
  const weights = new Map(
    [...initialWeights(nine.parameters, Rng.fromSeed(4))].map(([label, values]) => [
      label,
      values.map((value, i) => value + 0.05 * Math.sin(i + label.length)),
    ]),
  );
  const widened = widenedWeights(twelve.parameters, weights);
  expect(twelve.parameters.map(({ label }) => label)).toEqual(nine.parameters.map(({ label }) => label));
  // [6, 4 pixels of 12 channels, 3, 3]: the four pixels of a channel are adjacent, so new channels come last.
  const [known, head] = [weights.get("head.weight")!, widened.get("head.weight")!];
  expect(head).toHaveLength(6 * 48 * 9);
  for (let row = 0; row < 6; row++) {
    expect(head.slice(row * 432, row * 432 + 324)).toEqual(known.slice(row * 324, (row + 1) * 324));
    expect(head.slice(row * 432 + 324, (row + 1) * 432).every((value) => value === 0)).toBe(true);
  }
  for (const { label } of twelve.parameters)
    if (label !== "head.weight") expect(widened.get(label)).toBe(weights.get(label));
  const seen = Rng.fromSeed(5).normals(12 * 256);
  const before = await squareResult(nine, weights, seen.slice(0, 9 * 256));
  const after = await squareResult(twelve, widened, seen);
  for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i]!, 5);
});

test("weights that do not fit for another reason are kept, to be refused by name", () => {
  const short = new Map([...known].filter(([label]) => label !== "tail.bias" && !label.startsWith("head")));
  expect(widenedWeights(narrow.parameters, short).has("head.weight")).toBe(false);
  expect(() => bindWeights(narrow.parameters, widenedWeights(narrow.parameters, short))).toThrow(/head/);
});

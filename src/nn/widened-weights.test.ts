import { expect, test } from "vitest";
import { networkResult } from "../../test/network-result.js";
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
/** Nothing in it is zero, so that nothing agrees by chance. */
const known = new Map(
  [...initialWeights(narrow.parameters, Rng.fromSeed(1))].map(([label, values]) => [
    label,
    values.map((value, i) => value + 0.05 * Math.sin(i + label.length)),
  ]),
);

test("a network that sees more begins as the one it starts from, whatever the rest shows", async () => {
  const photo = Rng.fromSeed(2).normals(3 * 256);
  const both = Float32Array.from([...photo, ...Rng.fromSeed(3).normals(3 * 256)]);
  const before = await networkResult(narrow, known, photo);
  const after = await networkResult(wide, widenedWeights(wide.parameters, known), both);
  for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i]!, 5);
});

test("what does not fit for another reason stays, to be refused by name", () => {
  const short = new Map([...known].filter(([label]) => label !== "tail.bias" && !label.startsWith("head")));
  expect(widenedWeights(narrow.parameters, short).has("head.weight")).toBe(false);
  expect(() => bindWeights(narrow.parameters, widenedWeights(narrow.parameters, short))).toThrow(/head/);
});

import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/runtime.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { residualUnet, residualUnetSchema } from "../networks/residual-unet.js";
import { floatResult, floats } from "../runtime/session.js";
import { bindWeights, initialWeights, type Weights } from "./parameters.js";
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

async function resultOf(network: typeof narrow, weights: Weights, image: Float32Array): Promise<Float32Array> {
  const shape = [1, network.inChannels, 16, 16];
  const seen = input("image", shape);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({
      inputs: [seen],
      outputs: { result: network.forward({ image: seen }).at(-1)! },
      weights: bindWeights(network.parameters, weights),
    }),
  );
  return floatResult(await session.run({ image: floats(image, shape) }), "result");
}

test("a network that sees more begins as the one it starts from, whatever the rest shows", async () => {
  const photo = Rng.fromSeed(2).normals(3 * 256);
  const both = Float32Array.from([...photo, ...Rng.fromSeed(3).normals(3 * 256)]);
  const before = await resultOf(narrow, known, photo);
  const after = await resultOf(wide, widenedWeights(wide.parameters, known), both);
  for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i]!, 5);
});

test("what does not fit for another reason stays, to be refused by name", () => {
  const short = new Map([...known].filter(([label]) => label !== "tail.bias" && !label.startsWith("head")));
  expect(widenedWeights(narrow.parameters, short).has("head.weight")).toBe(false);
  expect(() => bindWeights(narrow.parameters, widenedWeights(narrow.parameters, short))).toThrow(/head/);
});

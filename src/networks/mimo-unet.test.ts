import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/runtime.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { mean } from "../graph/ops/mean.js";
import { input } from "../graph/tensor.js";
import { bindWeights } from "../nn/parameters.js";
import { floatResult, floats } from "../runtime/session.js";
import { DropoutMasks } from "../training/dropout-masks.js";
import { mimoUnet, mimoUnetSchema } from "./mimo-unet.js";

const create = (options: object) => mimoUnet(mimoUnetSchema.parse({ architecture: "mimo-unet", width: 8, ...options }));

test("a changed pixel changes nothing further away than the reach, and something near it", async () => {
  const network = create({ blocks: 1 });
  const reach = network.reachPx!;
  const size = Math.ceil((2 * reach + 24) / 4) * 4;
  const image = input("image", [1, 3, size, size]);
  const rng = Rng.fromSeed(3);
  const weights = bindWeights(
    network.parameters,
    aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.3 }),
  );
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [image], outputs: { result: network.forward({ image }).at(-1)! }, weights }),
  );
  const photo = Rng.fromSeed(5).normals(3 * size * size);
  const run = async (data: Float32Array) =>
    floatResult(await session.run({ image: floats(data, [1, 3, size, size]) }), "result");
  const before = await run(photo);
  let furthest = 0;
  // Pixels of every place within a square of 4: where a coarse pixel begins matters.
  for (const offset of [0, 1, 2, 3]) {
    const at = Math.floor(size / 8) * 4 + offset;
    const changed = photo.slice();
    changed[at * size + at]! += 5;
    const after = await run(changed);
    for (let i = 0; i < after.length; i++) {
      if (after[i] === before[i]) continue;
      const [x, y] = [i % size, Math.floor(i / size) % size];
      furthest = Math.max(furthest, Math.abs(x - at), Math.abs(y - at));
    }
  }
  expect(furthest).toBeLessThanOrEqual(reach);
  expect(furthest).toBeGreaterThan(reach - 12);
});

test("dropout falls on whole channels, and asks for a mask of one value each", () => {
  const image = input("image", [2, 3, 16, 16]);
  const masks = new DropoutMasks();
  mean(create({ blocks: 1, dropout: 0.1 }).forward({ image, dropout: masks.dropout }).at(-1)!);
  expect(masks.inputs.map(({ shape }) => shape)).toEqual([
    [2, 16, 1, 1],
    [2, 8, 1, 1],
  ]);
});

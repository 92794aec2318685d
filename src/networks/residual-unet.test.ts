import { describe, expect, test } from "vitest";
import { createRuntime } from "../../platform/node/runtime.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { bindWeights, initialWeights } from "../nn/parameters.js";
import { floatResult, floats } from "../runtime/session.js";
import { residualUnet, residualUnetSchema } from "./residual-unet.js";

const create = (options: object) =>
  residualUnet(
    residualUnetSchema.parse({
      architecture: "residual-unet",
      inChannels: 3,
      widths: [8, 8],
      blocks: [1, 1],
      ...options,
    }),
  );

const rng = Rng.fromSeed(3);
const alive = (network: ReturnType<typeof create>) =>
  aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.1 });

test("an untrained network that adds its input returns the photo", async () => {
  const network = create({ addInput: true });
  const image = input("image", [1, 3, 16, 16]);
  const [result] = network.forward({ image });
  await using session = await createRuntime({ threads: 1 }).open(
    compile({
      inputs: [image],
      outputs: { result: result! },
      weights: bindWeights(network.parameters, initialWeights(network.parameters, Rng.fromSeed(1))),
    }),
  );
  const photo = Rng.fromSeed(2).normals(3 * 256);
  expect(floatResult(await session.run({ image: floats(photo, [1, 3, 16, 16]) }), "result")).toEqual(photo);
});

describe("reach", () => {
  test.each([
    { unshuffle: 2, widths: [4, 4], blocks: [1, 1], middleBlocks: 1 },
    { unshuffle: 1, widths: [4, 4, 4], blocks: [1, 0, 1], middleBlocks: 0 },
    { unshuffle: 4, widths: [4], blocks: [1], middleBlocks: 1 },
    { unshuffle: 2, widths: [4, 4], blocks: [1, 1], middleBlocks: 1, normalise: true },
  ])(
    "$unshuffle $widths $blocks: a changed pixel changes nothing further away, and something near the limit",
    async (options) => {
      const network = create(options);
      const reach = network.reachPx!;
      const size = Math.ceil((2 * reach + 40) / network.multiple) * network.multiple;
      const image = input("image", [1, 3, size, size]);
      const weights = bindWeights(network.parameters, alive(network));
      await using session = await createRuntime({ threads: 1 }).open(
        compile({ inputs: [image], outputs: { result: network.forward({ image }).at(-1)! }, weights }),
      );
      const photo = Rng.fromSeed(5).normals(3 * size * size);
      const run = async (data: Float32Array) =>
        floatResult(await session.run({ image: floats(data, [1, 3, size, size]) }), "result");
      const before = await run(photo);
      let furthest = 0;
      for (let offset = 0; offset < network.multiple; offset++) {
        const centre = Math.floor(size / 2) + offset;
        const changed = photo.slice();
        for (let c = 0; c < 3; c++) changed[(c * size + centre) * size + centre]! += 50;
        const after = await run(changed);
        for (let i = 0; i < after.length; i++) {
          if (after[i] === before[i]) continue;
          const [x, y] = [i % size, Math.floor(i / size) % size];
          furthest = Math.max(furthest, Math.abs(x - centre), Math.abs(y - centre));
        }
      }
      expect(furthest).toBeLessThanOrEqual(reach);
      expect(furthest).toBeGreaterThan(reach / 2);
    },
  );
});

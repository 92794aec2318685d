import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/runtime.js";
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

test.each([null, { directions: 4 }])(
  "an untrained network that adds its input returns the photo (bank: %o)",
  async (bank) => {
    const network = create({ addInput: true, bank });
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
  },
);

import { describe, expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { Rng } from "../../base/random.js";
import { compile } from "../../graph/compile.js";
import { avgPool2d } from "../../graph/ops/pool2d.js";
import type { Network } from "../../networks/network.js";
import { floatResult } from "../../runtime/session.js";
import { predictorObjective, predictorTrainingSchema } from "./predictor.js";

const SIZE = 8;
const ERROR = 0.25;

/** Returns the photo at half its size and as it is: what is wrong with the photo is wrong with the result. */
const unchanged: Network = {
  parameters: [],
  inChannels: 3,
  outChannels: 3,
  multiple: 2,
  reachPx: 0,
  forward: ({ image }) => [avgPool2d(image, { kernel: 2 }), image],
};

/** The loss where every blurry pixel is `ERROR` brighter, signed, than the sharp one. */
async function lossOf(training: object): Promise<number> {
  const objective = predictorObjective(unchanged, predictorTrainingSchema.parse({ kind: "predictor", ...training }), {
    batchSize: 2,
    patchPx: SIZE,
  });
  const x0 = Rng.fromSeed(1).uniforms(2 * 3 * SIZE * SIZE);
  const batch = { x0, y: x0.map((value) => value + ERROR), size: 2, patchPx: SIZE };
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: objective.inputs, outputs: { loss: objective.loss } }),
  );
  return floatResult(await session.run(await objective.feeds(batch, Rng.fromSeed(2))), "loss")[0]!;
}

describe("the loss in closed form", () => {
  test.each([
    ["the default is L1 of the result", {}, ERROR],
    ["in bytes", { range: "bytes" }, 127.5 * ERROR],
    ["all outputs, each with the sharp photo at its size", { loss: [{ kind: "l1", outputs: "all" }] }, 2 * ERROR],
    [
      "HINet's, of pixels from 0 to 1",
      { range: "unit", loss: [{ kind: "psnr", weight: 0.5, outputs: "all" }] },
      10 * Math.log10((ERROR / 2) ** 2 + 1e-8),
    ],
    [
      "MPRNet's Charbonnier penalty, of pixels from 0 to 1",
      { range: "unit", loss: [{ kind: "charbonnier", outputs: "all" }] },
      2 * Math.hypot(ERROR / 2, 1e-3),
    ],
    [
      "terms may compare different outputs",
      { loss: [{ kind: "l1", outputs: "all" }, { kind: "l2" }] },
      2 * ERROR + ERROR ** 2,
    ],
  ] as const)("%s", async (_, training, expected) => {
    expect(await lossOf(training)).toBeCloseTo(expected, 5);
  });
});

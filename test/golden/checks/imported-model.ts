/** @file An imported checkpoint as a model, against the output that published code has with the same weights. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import type { ImportHints } from "../../../src/exchange/import-checkpoint.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { concat } from "../../../src/graph/ops/shape.js";
import { input } from "../../../src/graph/tensor.js";
import { createNetwork } from "../../../src/networks/catalog.js";
import { bindWeights } from "../../../src/nn/parameters.js";
import { createRestorer, type Model } from "../../../src/restoration/restorer.js";
import { floatResult, floats } from "../../../src/runtime/session.js";
import { compared, type Outcome, type Tensors, tensorsOf } from "./outcome.js";

interface Case {
  readonly config: { readonly rgb_range?: number; readonly norm_groups?: number; readonly attention?: boolean };
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly final_output_index: number;
}

const caseOf = (root: string, golden: string): Case =>
  JSON.parse(readFileSync(join(root, golden.replace(/\.safetensors$/, ".json")), "utf8")) as Case;

/** Settings that a fixture's checkpoint does not contain. */
export function givenOf(root: string, golden: string): ImportHints {
  const { norm_groups: groups, attention } = caseOf(root, golden).config;
  return {
    network: {
      ...(groups === undefined ? {} : { groups }),
      ...(attention === undefined ? {} : { attention: attention ? "linear" : "none" }),
    },
  };
}

/** `relative`: how far float32 (and the type the weights were stored in) may be off, relative to the largest value. */
export async function outputOutcome(root: string, golden: string, model: Model, relative: number): Promise<Outcome> {
  const { inputs, config, final_output_index } = caseOf(root, golden);
  const tensors = tensorsOf(parseSafetensors(readFileSync(join(root, golden)), golden));
  const expected = tensors.get(`output/${final_output_index}`);
  if (model.config.diffusion)
    return compared("estimate of eps", await estimated(model, inputs, tensors), expected, { relative });
  // Restorations are in the signed range, and clipped to it.
  const white = config.rgb_range ?? 1;
  const signed = (values: Float32Array) => values.map((value) => (2 * value) / white - 1);
  const clipped = signed(expected).map((value) => Math.max(-1, Math.min(1, value)));
  const [, channels, height, width] = inputs.x as readonly [number, 3, number, number];
  const restorer = createRestorer(model, createRuntime());
  const restored: number[] = [];
  for (const photo of tensors.rows("input/x", channels * height * width)) {
    const result = await restorer.restore({ channels, height, width, data: signed(photo) });
    restored.push(...result.restored.data);
  }
  await restorer.release();
  return compared("restored photo", restored, clipped, { relative });
}

/** Prediction of the noise by the diffusion's network. */
async function estimated(model: Model, shapes: Case["inputs"], tensors: Tensors): Promise<Float32Array> {
  const network = createNetwork(model.config.diffusion!.network);
  const [y, xt, level] = ["cond", "x_t", "noise_level"].map((name) => input(`input/${name}`, shapes[name]!));
  const [eps] = network.forward({ image: concat([y!, xt!], 1), level: level! });
  await using session = await createRuntime().open(
    compile({
      inputs: [y!, xt!, level!],
      outputs: { eps: eps! },
      weights: bindWeights(network.parameters, model.weights.diffusion!),
    }),
  );
  const feeds = [y!, xt!, level!].map(({ label, shape }) => [label, floats(tensors.get(label), shape)]);
  return floatResult(await session.run(Object.fromEntries(feeds)), "eps");
}

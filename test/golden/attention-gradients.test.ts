/**
 * @file Gradients of the paper's network, whose attention has no residual connection around it. The normalisation
 * behind it enlarges what differs between positions, and its rounding, by up to a thousand: how much depends on the
 * weights, in PyTorch as here. So errors are compared over several draws of weights. `attention-gradients.json` has the
 * gradients of PyTorch 1.13 in float64, of a network written for this test, and the errors of the same in float32.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { losses } from "../../src/diffusion/losses.js";
import { compile } from "../../src/graph/compile.js";
import { gradients } from "../../src/graph/gradients.js";
import { concat } from "../../src/graph/ops/shape.js";
import { input } from "../../src/graph/tensor.js";
import { conditionalUnet, conditionalUnetSchema } from "../../src/networks/conditional-unet.js";
import { floatResult, floats } from "../../src/runtime/session.js";
import { recipeValues } from "./recipe-weights.js";

interface Draw {
  readonly seed: string;
  readonly width: number;
  readonly multipliers: readonly number[];
  readonly blocksPerLevel: number;
  readonly groups: number;
  /** N, H, W of the pictures. */
  readonly pictures: readonly [number, number, number];
  /**
   * Gradients of the mean squared error, by parameter. `float32Error`: PyTorch's largest error relative to the largest
   * value.
   */
  readonly gradients: Readonly<Record<string, { readonly values: readonly number[]; readonly float32Error: number }>>;
}

const DRAWS = JSON.parse(readFileSync(join(import.meta.dirname, "attention-gradients.json"), "utf8")) as Draw[];
/** Standard deviation 1. */
const WIDE = Math.sqrt(3);

/** The values of a parameter: weights of deviation 1 / sqrt(fan-in), gains around 1, biases around 0. */
function weight(seed: string, label: string, shape: readonly number[]): Float32Array {
  if (shape.length > 1) {
    const fanIn = shape.slice(1).reduce((product, length) => product * length, 1);
    return recipeValues(seed, label, shape, 0, WIDE / Math.sqrt(fanIn));
  }
  return label.endsWith("weight")
    ? recipeValues(seed, label, shape, 1, 0.43)
    : recipeValues(seed, label, shape, 0, 0.26);
}

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

const runtime = createRuntime({ threads: 1 });
const ratios: number[] = [];

test.each(DRAWS)("$seed: $multipliers, $groups groups", async (draw) => {
  const { seed, pictures, gradients: golden } = draw;
  const [n, h, w] = pictures;
  const { width, multipliers, blocksPerLevel, groups } = draw;
  const network = conditionalUnet(
    conditionalUnetSchema.parse({
      architecture: "conditional-unet",
      ...{ width, multipliers, blocksPerLevel, groups, dropout: 0 },
    }),
  );
  const image = (label: string) => input(label, [n, 3, h, w]);
  const [cond, noisy, target, level] = [image("cond"), image("x_t"), image("target"), input("noise_level", [n, 1])];
  const result = network.forward({ image: concat([cond, noisy], 1), level }).at(-1)!;
  const loss = losses.l2.graph(result, target);
  const chosen = network.parameters.filter(({ label }) => Object.hasOwn(golden, label));
  const outputs = Object.fromEntries(gradients(loss, chosen).map((tensor, i) => [`grad/${chosen[i]!.label}`, tensor]));
  const inputs = [cond, noisy, target, level, ...network.parameters];
  const fed: Readonly<Record<string, Float32Array>> = {
    cond: recipeValues(seed, "cond", cond.shape, 0, 1),
    x_t: recipeValues(seed, "x_t", cond.shape, 0, WIDE),
    target: recipeValues(seed, "target", cond.shape, 0, WIDE),
    noise_level: recipeValues(seed, "noise_level", level.shape, 0.6, 0.39),
  };
  await using session = await runtime.open(compile({ inputs, outputs }));
  const values = await session.run(
    Object.fromEntries(
      inputs.map(({ label, shape }) => [label, floats(fed[label] ?? weight(seed, label, shape), shape)]),
    ),
  );
  expect(chosen.length).toBe(Object.keys(golden).length);
  for (const [label, { values: right, float32Error }] of Object.entries(golden)) {
    const ours = floatResult(values, `grad/${label}`);
    expect(ours.length).toBe(right.length);
    const error = largest(right.map((value, i) => ours[i]! - value)) / largest(right);
    expect(error, label).toBeLessThan(2e-3);
    ratios.push(error / float32Error);
  }
});

test("over all draws the error is that of float32 PyTorch", () => {
  expect(ratios.length).toBe(DRAWS.flatMap(({ gradients: golden }) => Object.keys(golden)).length);
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  expect(mean, "geometric mean of our errors over PyTorch's").toBeLessThan(2);
});

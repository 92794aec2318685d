/**
 * @file Networks that enlarge, at their published scales, forward and backward. `enlarging.json` has the numbers of PyTorch 1.13
 * in float64, by `bench/pytorch/enlarging.py`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../../src/base/random.js";
import { losses } from "../../src/diffusion/losses.js";
import { compile } from "../../src/graph/compile.js";
import { gradients } from "../../src/graph/gradients.js";
import { input } from "../../src/graph/tensor.js";
import { han, hanSchema } from "../../src/networks/han.js";
import { rcan, rcanSchema } from "../../src/networks/rcan.js";
import { rdn, rdnSchema, rrdbNet, rrdbNetSchema, rrdn, rrdnSchema } from "../../src/networks/residual-dense.js";
import { initialWeights, type Parameter, type Weights } from "../../src/nn/parameters.js";
import { floatResult, floats } from "../../src/runtime/session.js";
import { recipeValues } from "./recipe-weights.js";

interface Case {
  readonly seed: string;
  readonly architecture: keyof typeof NETWORKS;
  readonly network: Readonly<Record<string, number>> & { readonly scale: number };
  /** Value of white. */
  readonly white: number;
  /** Height of the picture; its width is 4. */
  readonly height: number;
  readonly shape: readonly number[];
  readonly output: { readonly sum: number; readonly norm: number; readonly every37th: readonly number[] };
  readonly loss: number;
  readonly gradientNorms: Readonly<Record<string, number>>;
  /** Layer of the enlargement whose gradient is compared value by value. */
  readonly tail: string;
  readonly tailGradient: readonly number[];
}

type Settings = Readonly<Record<string, unknown>>;
/** Networks in the range of pixels of their published code. */
const NETWORKS = {
  rcan: (settings: Settings) => rcan(rcanSchema.parse(settings)),
  han: (settings: Settings) => han(hanSchema.parse(settings)),
  rdn: (settings: Settings) => rdn(rdnSchema.parse(settings)),
  rrdn: (settings: Settings) => rrdn(rrdnSchema.parse(settings)),
  "rrdb-net": (settings: Settings) => rrdbNet(rrdbNetSchema.parse(settings)),
};

const CASES = JSON.parse(readFileSync(join(import.meta.dirname, "enlarging.json"), "utf8")) as Case[];

/** The mean colours as they start, others by the recipe. */
const weight = (seed: string, { label, shape }: Parameter, initial: Weights): Float32Array => {
  if (label.includes("mean")) return initial.get(label)!;
  if (shape.length === 1) return recipeValues(seed, label, shape, 0, 0.26);
  const fanIn = shape.slice(1).reduce((product, length) => product * length, 1);
  return recipeValues(seed, label, shape, 0, Math.sqrt(3) / Math.sqrt(fanIn));
};

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));
const runtime = createRuntime({ threads: 1 });

test("all published scales are there", () => {
  expect(CASES.map(({ architecture, network }) => `${architecture} x${network.scale}`)).toEqual([
    ...["rcan", "han", "rdn", "rrdn"].flatMap((name) => [2, 3, 4, 8].map((scale) => `${name} x${scale}`)),
    ...[2, 4].map((scale) => `rrdb-net x${scale}`),
  ]);
});

test.each(CASES)("$seed", async ({ seed, architecture, network: settings, white, height, ...golden }) => {
  const { scale } = settings;
  const network = NETWORKS[architecture]({ architecture, ...settings });
  const [image, target] = [input("image", [2, 3, height, 4]), input("target", [2, 3, height * scale, 4 * scale])];
  const result = network.forward({ image }).at(-1)!;
  expect(result.shape).toEqual(golden.shape);
  const loss = losses.l2.graph(result, target);
  const trained = network.parameters.filter(({ label }) => Object.hasOwn(golden.gradientNorms, label));
  expect(trained.length).toBe(Object.keys(golden.gradientNorms).length);
  const grads = Object.fromEntries(gradients(loss, trained).map((tensor, i) => [`grad/${trained[i]!.label}`, tensor]));
  const inputs = [image, target, ...network.parameters];
  const initial = initialWeights(network.parameters, Rng.fromSeed(1));
  await using session = await runtime.open(compile({ inputs, outputs: { result, loss, ...grads } }));
  const picture = ({ label, shape }: typeof image) => [
    [label, floats(recipeValues(seed, label, shape, white / 2, white / 2), shape)] as const,
  ];
  const values = await session.run(
    Object.fromEntries([
      ...picture(image),
      ...picture(target),
      ...network.parameters.map((one) => [one.label, floats(weight(seed, one, initial), one.shape)] as const),
    ]),
  );
  const output = floatResult(values, "result");
  const seen = [...output].filter((_, i) => i % 37 === 0);
  const error = largest(golden.output.every37th.map((value, i) => seen[i]! - value));
  expect(error / largest(golden.output.every37th), "output").toBeLessThan(2e-5);
  expect(norm(output) / golden.output.norm - 1, "norm").toBeCloseTo(0, 5);
  expect(floatResult(values, "loss")[0]! / golden.loss - 1, "loss").toBeCloseTo(0, 4);
  for (const [label, right] of Object.entries(golden.gradientNorms))
    expect(Math.abs(norm(floatResult(values, `grad/${label}`)) - right) / right, `gradient of ${label}`).toBeLessThan(
      1e-4,
    );
  const tail = [...floatResult(values, `grad/${golden.tail}`)].filter((_, i) => i % 97 === 0);
  const tailError = largest(golden.tailGradient.map((value, i) => tail[i]! - value));
  expect(tailError / largest(golden.tailGradient), "gradient of the first upsampling").toBeLessThan(2e-5);
});

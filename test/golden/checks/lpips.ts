/**
 * @file The fixtures of `lpips/`: distances, layers, maps, features and gradients of the three networks, and the
 * shipped linear weights.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { parseSafetensors, type StoredTensor } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { gradients } from "../../../src/graph/gradients.js";
import { mean } from "../../../src/graph/ops/mean.js";
import { sum } from "../../../src/graph/ops/reduce.js";
import { input, type Tensor } from "../../../src/graph/tensor.js";
import { LPIPS_NETS, type LpipsNet, lpips, lpipsDistance, lpipsMap } from "../../../src/nn/losses/lpips.js";
import { lpipsLinearWeights } from "../../../src/nn/losses/lpips-weights.js";
import { bindWeights, countParameters } from "../../../src/nn/parameters.js";
import { floatResult, floats } from "../../../src/runtime/session.js";
import type { GoldenCheck } from "../check.js";
import { recipeValues } from "../recipe-weights.js";
import { compared, type Outcome, skipped } from "./outcome.js";

interface Golden {
  readonly distance: readonly number[];
  readonly per_layer: readonly (readonly number[])[];
  readonly spatial_mean: readonly number[];
  readonly baseline_lpips_false: { readonly distance: readonly number[] };
  readonly linear_weights: string;
  readonly parameter_count_features: number;
  readonly feature_shapes_64x64: readonly (readonly number[])[];
  readonly state_recipe: { readonly seed: string };
  readonly state_keys: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly center: number;
    readonly half: number;
    readonly first: readonly number[];
  }[];
}

const DIR = "lpips";
const TOLERANCES = { distance: 1e-5, map: 1e-4, features: 1e-5, gradient: 1e-4, gradientNorm: 1e-2 };
const NETS = Object.keys(LPIPS_NETS) as LpipsNet[];

const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((total, value) => total + value * value, 0));

/** `gradient`: whether to compute it too, which takes most of the time. */
export async function checkLpips(root: string, net: LpipsNet, { gradient = true } = {}): Promise<Outcome[]> {
  const read = (file: string) => readFileSync(join(root, file));
  const golden = (JSON.parse(read(`${DIR}/lpips.json`).toString()) as { nets: Record<LpipsNet, Golden> }).nets[net];
  const { tensors } = parseSafetensors(read(`${DIR}/lpips.safetensors`), "lpips");
  const valuesOf = (tensor: StoredTensor) => tensor.data as Float32Array;
  const published = parseSafetensors(read(golden.linear_weights), golden.linear_weights).tensors;
  const linear = lpipsLinearWeights(net);
  const weights = new Map(
    golden.state_keys.map(({ name, shape, center, half }) => [
      name,
      recipeValues(golden.state_recipe.seed, name, shape, center, half),
    ]),
  );

  const { shape } = tensors.get("in0")!;
  const [a, b] = [input("in0", shape), input("in1", shape)];
  const distance = lpips(net);
  const maps = distance.maps(a, b);
  const outputs: Record<string, Tensor> = {
    distance: lpipsDistance(maps),
    spatial: lpipsMap(maps, shape.slice(2) as [number, number]),
  };
  for (const [i, map] of maps.entries()) outputs[`layer ${i}`] = mean(map, { axes: [1, 2, 3] });
  if (gradient) outputs.gradient = gradients(sum(lpipsDistance(maps)), [a])[0]!;
  await using session = await createRuntime().open(
    compile({
      inputs: [a, b],
      outputs,
      weights: new Map([
        ...bindWeights(distance.backbone.parameters, weights),
        ...bindWeights(distance.linear, linear),
      ]),
    }),
  );
  const results = await session.run({
    in0: floats(valuesOf(tensors.get("in0")!), shape),
    in1: floats(valuesOf(tensors.get("in1")!), shape),
  });
  const result = (name: string) => floatResult(results, name);
  const pairs = golden.distance.map((_, i) => i);
  const expectedGradient = valuesOf(tensors.get(`${net}/grad_in0`)!);
  return [
    compared(
      "parameters of the backbone",
      [countParameters(distance.backbone.parameters)],
      [golden.parameter_count_features],
      {},
    ),
    ...golden.state_keys.map(({ name, first }) =>
      compared(`first weights of ${name}`, weights.get(name)!.subarray(0, first.length), first, {}),
    ),
    ...[...published].map(([name, tensor]) => compared(name, linear.get(name) ?? [], valuesOf(tensor), {})),
    ...pairs.flatMap((i) => [
      compared(`distance ${i}`, [result("distance")[i]!], [golden.distance[i]!], { relative: TOLERANCES.distance }),
      ...golden.per_layer[i]!.map((expected, k) =>
        compared(`pair ${i}, layer ${k}`, [result(`layer ${k}`)[i]!], [expected], { relative: TOLERANCES.distance }),
      ),
    ]),
    compared("spatial", result("spatial"), valuesOf(tensors.get(`${net}/spatial`)!), { relative: TOLERANCES.map }),
    // ReLUs whose input is zero within rounding move single gradients of VGG: there the norm counts.
    ...(!gradient
      ? []
      : net === "vgg"
        ? [
            compared("norm of the gradient", [norm(result("gradient"))], [norm(expectedGradient)], {
              relative: TOLERANCES.gradientNorm,
            }),
          ]
        : [compared("gradient", result("gradient"), expectedGradient, { relative: TOLERANCES.gradient })]),
  ];
}

export const lpipsChecks = (root: string): GoldenCheck[] => [
  ...NETS.map((net) => ({
    files: [`${DIR}/lin_v0.1_${net}.safetensors`, `${DIR}/lpips.json`, `${DIR}/lpips.safetensors`],
    check: (dir: string) => checkLpips(dir, net),
  })),
  ...(existsSync(join(root, DIR, "LICENSE.lpips-linear-weights.txt"))
    ? [{ files: [`${DIR}/LICENSE.lpips-linear-weights.txt`], check: async () => [skipped("licence", "a text")] }]
    : []),
];

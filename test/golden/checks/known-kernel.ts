/**
 * @file Networks that are told the blur (DWDN, INFWIDE) and their Wiener step, with outputs, losses and gradients of
 * the published code.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { losses } from "../../../src/diffusion/losses.js";
import { parseSafetensors, type StoredTensor } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { gradients } from "../../../src/graph/gradients.js";
import { add, mul } from "../../../src/graph/ops/arithmetic.js";
import { square } from "../../../src/graph/ops/elementwise.js";
import { mean } from "../../../src/graph/ops/mean.js";
import { resample } from "../../../src/graph/ops/resample.js";
import { input, type Placeholder, type Shape, type Tensor } from "../../../src/graph/tensor.js";
import { deconvolutionBy, differences, solveWeighted } from "../../../src/networks/known-kernel/conjugate-gradients.js";
import { dwdn } from "../../../src/networks/known-kernel/dwdn.js";
import { infwide } from "../../../src/networks/known-kernel/infwide.js";
import { median3x3, noiseToSignal, transferFunction, wienerFilter } from "../../../src/networks/known-kernel/wiener.js";
import type { Network } from "../../../src/networks/network.js";
import { bindWeights, countParameters } from "../../../src/nn/parameters.js";
import { collectTaps } from "../../../src/nn/tap.js";
import { floatResult, floats } from "../../../src/runtime/session.js";
import type { GoldenCheck } from "../check.js";
import { recipeValues } from "../recipe-weights.js";
import { compared, type Outcome } from "./outcome.js";

interface Key {
  readonly name: string;
  readonly shape: readonly number[];
  readonly center?: number;
  readonly half?: number;
  readonly first?: readonly number[];
}

interface Golden {
  readonly reference: string;
  readonly config: Readonly<Record<string, number | string>>;
  readonly outputs: readonly Shape[];
  readonly final_output_index: number;
  readonly loss_official: number;
  readonly loss_mse_final: number;
  readonly parameter_count: number;
  readonly state_keys: readonly Key[];
  /** The file of another case that holds the weights. */
  readonly state_of?: string;
  readonly state_recipe?: { readonly seed: string };
  readonly grads: readonly string[];
  readonly grad_stats_official_loss: Readonly<Record<string, { readonly l2: number } | null>>;
}

type Loss = (outputs: readonly Tensor[], target: Tensor, image: Tensor) => Tensor;

interface Reference {
  readonly create: (config: Golden["config"]) => Network;
  readonly loss: Loss;
  /** Tolerance of single gradient values, relative to the largest; norms keep the usual tolerance. */
  readonly gradient?: number;
}

/** References by the end of the reference file's path. */
const REFERENCES: Readonly<Record<string, Reference>> = {
  "dwdn/model/deblur.py": {
    create: ({ n_feats1, n_feats }) =>
      dwdn({ architecture: "dwdn", deconvolved: Number(n_feats1), features: Number(n_feats) }),
    loss: ([half, full], target) =>
      add(
        losses.l1.graph(half!, resample(target, { mode: "bilinear", size: half!.shape.slice(2) })),
        losses.l1.graph(full!, target),
      ),
  },
  "INFWIDE/srcs/model/infwide_model.py": {
    create: () => infwide({ architecture: "infwide", deconvolved: 16, features: 32 }),
    // Transforms by products of matrices round more than an FFT, and a rectifier near zero may take its other slope:
    // 2e-4 was seen.
    gradient: 3e-4,
    loss: ([, full, denoised], target, image) =>
      add(losses.l2.graph(full!, target), mul(losses.l2.graph(denoised!, image), 0.5)),
  },
};

const TOLERANCES = { forward: 5e-5, gradient: 1e-4 };

const read = (root: string, name: string) => ({
  golden: JSON.parse(readFileSync(join(root, "networks", `${name}.json`), "utf8")) as Golden,
  tensors: parseSafetensors(readFileSync(join(root, "networks", `${name}.safetensors`)), name).tensors,
});

const referenceOf = ({ reference }: Golden): Reference | undefined =>
  Object.entries(REFERENCES).find(([end]) => reference.endsWith(end))?.[1];

/** Returns whether a case of `networks/` is of a network with the blur kernel as input. */
export const isKnownKernel = (root: string, name: string): boolean =>
  referenceOf(read(root, name).golden) !== undefined;

const floatsOf = (tensor: StoredTensor | undefined): Float32Array => tensor!.data as Float32Array;

/** Weights from the case's own file, by the recipe, or from the file of the case with the same weights. */
function weightsOf(root: string, name: string): Map<string, Float32Array> {
  const { golden, tensors } = read(root, name);
  if (golden.state_recipe) {
    const { seed } = golden.state_recipe;
    return new Map(
      golden.state_keys.map(({ name: key, shape, center, half }) => [
        key,
        recipeValues(seed, key, shape, center!, half!),
      ]),
    );
  }
  const own = [...tensors].filter(([key]) => key.startsWith("state/"));
  if (own.length > 0) return new Map(own.map(([key, tensor]) => [key.slice("state/".length), floatsOf(tensor)]));
  return weightsOf(root, golden.state_of!.replace(/^networks\/|\.safetensors$/g, ""));
}

export async function checkKnownKernel(root: string, name: string): Promise<Outcome[]> {
  const { golden, tensors } = read(root, name);
  const reference = referenceOf(golden)!;
  const network = reference.create(golden.config);
  const weights = weightsOf(root, name);
  const placeholder = (key: string) => input(key, tensors.get(key)!.shape);
  const [image, kernel, target] = ["input/x", "input/kernel", "target"].map(placeholder) as [
    Placeholder,
    Placeholder,
    Placeholder,
  ];
  const { tap, found } = collectTaps(() => true);
  const refined = network.forward({ image, kernel, tap });
  const result = refined.at(-1)!;
  const made = [...refined, ...found.values()];
  const loss = reference.loss(made, target, image);
  const mse = mean(square(add(result, mul(target, -1))));
  const outputs: Record<string, Tensor> = { loss, mse };
  for (const [i, output] of made.entries()) outputs[`output/${i}`] = output;
  const ofLoss = gradients(loss, network.parameters);
  const labels = network.parameters.map(({ label }) => label);
  for (const [i, label] of labels.entries()) outputs[`grad/${label}`] = ofLoss[i]!;
  const listed = network.parameters.filter(({ label }) => golden.grads.includes(label));
  const ofMse = gradients(mse, listed);
  for (const [i, { label }] of listed.entries()) outputs[`grad_mse/${label}`] = ofMse[i]!;
  const inputs = [image, kernel, target];
  await using session = await createRuntime().open(
    compile({ inputs, outputs, weights: bindWeights(network.parameters, weights) }),
  );
  const values = await session.run(
    Object.fromEntries(
      ["input/x", "input/kernel", "target"].map((key) => [
        key,
        floats(floatsOf(tensors.get(key)), tensors.get(key)!.shape),
      ]),
    ),
  );
  const norm = (data: ArrayLike<number>) => Math.sqrt(Array.from(data).reduce((sum, value) => sum + value * value, 0));
  const norms = labels.map((label) => {
    const expected = golden.grad_stats_official_loss[label]?.l2;
    const actual = norm(floatResult(values, `grad/${label}`));
    return expected ? actual / expected : 1 + actual;
  });
  return [
    compared("parameters", [countParameters(network.parameters)], [golden.parameter_count], {}),
    {
      kind: "compared",
      name: "names of parameters",
      error: golden.state_keys.filter(({ name: key }) => !labels.includes(key)).length,
      tolerance: 0,
      at: golden.state_keys.find(({ name: key }) => !labels.includes(key))?.name ?? "none",
    },
    ...golden.state_keys.flatMap(({ name: key, first }) =>
      first ? [compared(`first weights of ${key}`, weights.get(key)!.subarray(0, first.length), first, {})] : [],
    ),
    compared("loss", floatResult(values, "loss"), [golden.loss_official], { relative: TOLERANCES.forward }),
    compared("mean squared error", floatResult(values, "mse"), [golden.loss_mse_final], {
      relative: TOLERANCES.forward,
    }),
    ...made.map((_, i) =>
      compared(`output/${i}`, floatResult(values, `output/${i}`), floatsOf(tensors.get(`output/${i}`)), {
        relative: TOLERANCES.forward,
      }),
    ),
    ...golden.grads.flatMap((label) =>
      [`grad/${label}`, `grad_mse/${label}`].map((key) =>
        compared(key, floatResult(values, key), floatsOf(tensors.get(key)), {
          relative: reference.gradient ?? TOLERANCES.gradient,
        }),
      ),
    ),
    compared("norms of all gradients", norms, new Float64Array(norms.length).fill(1), {
      relative: TOLERANCES.gradient,
    }),
  ];
}

/** Weight of the prior in the fixture. */
const CG_LAMBDA = 0.01;
const WIENER = "nonblind/wiener_step";

/** The step alone: transfer function, median, noise, result, and its gradient through the noise estimate. */
export async function checkWienerStep(root: string): Promise<Outcome[]> {
  const { cases } = JSON.parse(readFileSync(join(root, `${WIENER}.json`), "utf8")) as {
    cases: Record<string, unknown>;
  };
  const { tensors } = parseSafetensors(readFileSync(join(root, `${WIENER}.safetensors`)), WIENER);
  const kernel = input("kernel", tensors.get("kernel")!.shape);
  const names = Object.keys(cases);
  const seen = names.map((name) => input(`${name}/y`, tensors.get(`${name}/y`)!.shape));
  const [height, width] = seen[0]!.shape.slice(-2) as [number, number];
  const transfer = transferFunction(kernel, height, width);
  const outputs: Record<string, Tensor> = { otf_real: transfer.re, otf_imag: transfer.im };
  for (const [i, name] of names.entries()) {
    const y = seen[i]!;
    const out = wienerFilter(y, kernel);
    outputs[`${name}/out`] = out;
    outputs[`${name}/nsr`] = noiseToSignal(y);
    outputs[`${name}/grad_y`] = gradients(mean(square(out)), [y])[0]!;
    if (tensors.has(`median_${name}`)) outputs[`median_${name}`] = median3x3(y);
  }
  await using session = await createRuntime({ threads: 1 }).open(compile({ inputs: [kernel, ...seen], outputs }));
  const feeds = [kernel, ...seen].map(({ label, shape }) => [label, floats(floatsOf(tensors.get(label)), shape)]);
  const values = await session.run(Object.fromEntries(feeds));
  const half = Math.floor(width / 2) + 1;
  return [
    ...Object.keys(outputs).map((key) => {
      const [actual, all] = [floatResult(values, key), floatsOf(tensors.get(key))];
      // Ours is the half of the spectrum that says all.
      if (key.startsWith("otf_"))
        return compared(
          key,
          actual,
          all.filter((_, i) => i % width < half),
          { relative: 5e-6, absolute: 1e-6 },
        ); // prettier-ignore
      if (!key.endsWith("grad_y")) return compared(key, actual, all, { relative: 5e-6 });
      // Which of several equal pixels a median's gradient goes to is up to the program: clipped pixels are equal.
      const y = floatsOf(tensors.get(key.replace("grad_y", "y")));
      const free = (gradient: Float32Array) => gradient.filter((_, i) => y[i]! > 0 && y[i]! < 1);
      return compared(`${key} of pixels that are not clipped`, free(actual), free(all), { relative: 1e-5 });
    }),
    ...(await checkConjugateGradients(tensors)),
  ];
}

/** Conjugate gradients weighted by a confidence map: iterates, and the exact solution that they near. */
async function checkConjugateGradients(tensors: ReadonlyMap<string, StoredTensor>): Promise<Outcome[]> {
  const named = (name: string, sides: number): Placeholder => {
    const { shape } = tensors.get(`cg/${name}`)!;
    return input(name, [...Array.from({ length: sides - shape.length }, () => 1), ...shape]);
  };
  const names = ["y", "kernel", "confidence", "prior_image"] as const;
  const inputs = names.map((name) => named(name, 4));
  const [blurry, kernel, confidence, prior] = inputs as [Placeholder, Placeholder, Placeholder, Placeholder];
  const [height, width] = blurry.shape.slice(-2) as [number, number];
  const deconvolution = deconvolutionBy(kernel, height, width);
  const problem = { blurry, confidence, gradients: differences(prior), lambda: CG_LAMBDA };
  const after = (steps: number) => solveWeighted(deconvolution, problem, blurry, steps);
  const outputs = { 5: after(5), 15: after(15), 25: after(25), 100: after(100) };
  await using session = await createRuntime({ threads: 1 }).open(compile({ inputs, outputs }));
  const values = await session.run(
    Object.fromEntries(inputs.map(({ label, shape }) => [label, floats(floatsOf(tensors.get(`cg/${label}`)), shape)])),
  );
  return Object.keys(outputs).map((steps) =>
    compared(
      `conjugate gradients, ${steps} steps`,
      floatResult(values, steps),
      floatsOf(tensors.get(steps === "100" ? "cg/exact" : `cg/iterate_${steps}`)),
      { relative: 1e-4 },
    ),
  );
}

export const wienerStepCheck: GoldenCheck = {
  files: [`${WIENER}.json`, `${WIENER}.safetensors`],
  check: checkWienerStep,
};

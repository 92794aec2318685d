/**
 * @file One file of golden/networks against our network: all outputs, both losses, the stored gradients entry by entry,
 * and the norm and largest value of the gradient of every parameter. Errors are relative to the largest value of the
 * golden tensor.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { losses } from "../../src/diffusion/losses.js";
import { openTorchFile, toFloat32 } from "../../src/exchange/pytorch/checkpoint-file.js";
import { sourceFromBytes } from "../../src/exchange/pytorch/source.js";
import { findStateDict } from "../../src/exchange/pytorch/state-dict.js";
import { parseSafetensors, type StoredTensor } from "../../src/exchange/safetensors.js";
import type { CompileOptions } from "../../src/graph/compile.js";
import { gradients } from "../../src/graph/gradients.js";
import { concat } from "../../src/graph/ops/shape.js";
import { input, type Shape, type Tensor } from "../../src/graph/tensor.js";
import type { Network } from "../../src/networks/network.js";
import { countParameters, type Weights } from "../../src/nn/parameters.js";
import { Attributes } from "./checks/ops/attributes.js";
import { l1OfLast, type Reference, referenceOf, type Tolerances, USUAL } from "./network-references.js";

interface Case {
  readonly reference: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Shapes by name. Told a noise level: `cond`, `x_t`, `noise_level`; others: `x`. */
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly outputs: readonly Shape[];
  readonly final_output_index: number;
  readonly output_stats: readonly { readonly std: number; readonly absmax: number }[];
  readonly loss_official: number;
  readonly loss_mse_final: number;
  readonly parameter_count: number;
  readonly state_keys: readonly { readonly name: string }[];
  readonly state_in_file: boolean;
  readonly grads: readonly string[];
  /** null: the parameter is not used, or not trained. */
  readonly grad_stats_official_loss: Readonly<Record<string, { l2: number; absmax: number } | null>>;
}

export interface NetworkErrors {
  readonly forward: number;
  readonly gradient: number;
  readonly loss: number;
  /** Tolerance of the norm and of the largest value of every parameter's gradient. */
  readonly gradientNorms: number;
}

const largest = (values: ArrayLike<number>): number => {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]!));
  return result;
};

/** Less than this is a gradient of zero, or of rounding: what a normalisation behind takes away again. */
const ZERO = 1e-12;

/** max |a - b| / max |golden|; NaN if any value is. */
function relativeError(actual: ArrayLike<number>, golden: ArrayLike<number>, scale = largest(golden)): number {
  if (actual.length !== golden.length) return Number.NaN;
  let worst = 0;
  for (let i = 0; i < golden.length; i++) {
    const error = Math.abs(actual[i]! - golden[i]!);
    if (!(error <= worst)) worst = error;
  }
  return scale < ZERO ? worst : worst / scale; // of a gradient that is zero, the error itself
}

const readCase = (dir: string, name: string): Case =>
  JSON.parse(readFileSync(join(dir, "networks", `${name}.json`), "utf8")) as Case;

/** Why a case cannot be checked, or null. */
export function unsupported(dir: string, name: string): string | null {
  const { reference } = readCase(dir, name);
  return referenceOf(reference) ? null : `the network of ${reference} is not offered yet`;
}

function knownReference(dir: string, name: string): { golden: Case; reference: Reference; config: Attributes } {
  const golden = readCase(dir, name);
  return { golden, reference: referenceOf(golden.reference)!, config: new Attributes(name, golden.config) };
}

/** Tolerances of the fixtures' README for float32. */
export function tolerances(dir: string, name: string): Tolerances {
  const { golden, reference, config } = knownReference(dir, name);
  return reference.tolerances?.(config, golden.output_stats[golden.final_output_index]!) ?? USUAL;
}

const read = (dir: string, name: string) =>
  parseSafetensors(readFileSync(join(dir, "networks", `${name}.safetensors`)), name).tensors;
const floatsOf = (tensor: StoredTensor | undefined): Float32Array => tensor!.data as Float32Array;

/** Published code returns the final output first or last; ours is last. */
const goldenIndex = ({ outputs, final_output_index }: Case, ours: number): number =>
  final_output_index === 0 ? outputs.length - 1 - ours : ours;

/** A case's weights: in its own file, in that of the case with the same weights, or in a PyTorch checkpoint alone. */
async function stateOf(
  dir: string,
  name: string,
  { state_in_file }: Case,
  own: ReadonlyMap<string, StoredTensor>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const PREFIX = "state/";
  const inFile = (tensors: ReadonlyMap<string, StoredTensor>) =>
    new Map(
      [...tensors]
        .filter(([key]) => key.startsWith(PREFIX))
        .map(([key, tensor]) => [key.slice(PREFIX.length), floatsOf(tensor)]),
    );
  const found = inFile(own);
  if (state_in_file && found.size > 0) return found;
  const checkpoint = join(dir, "checkpoints", `${name.replace("__", "_")}_model_zip.pkl`);
  if (!existsSync(checkpoint)) return inFile(read(dir, name.replace("_noatt", "")));
  const torch = await openTorchFile(sourceFromBytes(readFileSync(checkpoint)), checkpoint);
  const { tensors } = findStateDict(torch.root, checkpoint);
  return new Map([...(await torch.load(tensors))].map(([key, values]) => [key, toFloat32(values)]));
}

export interface GoldenNetwork {
  readonly network: Network;
  readonly weights: Weights;
  /** Images in the order the network sees them; values in the range of the published code. */
  readonly images: readonly GoldenTensor[];
  readonly level: GoldenTensor | null;
  readonly output: GoldenTensor;
  /** The value of white in the published code's range. */
  readonly white: number;
}

export interface GoldenTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A case's network with its weights, what goes in and the final output. */
export async function goldenNetwork(dir: string, name: string): Promise<GoldenNetwork> {
  const { golden, reference, config } = knownReference(dir, name);
  const tensors = read(dir, name);
  const tensor = (key: string): GoldenTensor => ({ shape: tensors.get(key)!.shape, data: floatsOf(tensors.get(key)) });
  const names = Object.keys(golden.inputs);
  return {
    network: reference.create(config),
    weights: await stateOf(dir, name, golden, tensors),
    images: names.filter((key) => key !== "noise_level").map((key) => tensor(`input/${key}`)),
    level: names.includes("noise_level") ? tensor("input/noise_level") : null,
    output: tensor(`output/${golden.final_output_index}`),
    white: Number(golden.config.rgb_range ?? 1),
  };
}

/** Results of a run by name. */
export type Results = (name: string) => ArrayLike<number>;
const normOf = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

/** A case as one graph, its values, and how far results are from the golden ones. */
export interface NetworkCheck {
  readonly graph: CompileOptions;
  readonly feeds: Readonly<Record<string, GoldenTensor>>;
  /** Returns whether rounding alone may exceed the tolerances: see `network-errors.ts`. */
  readonly sensitive: boolean;
  /** Labels of the weights among the feeds. */
  readonly weights: readonly string[];
  /** `expected`: other results in place of the golden ones. */
  readonly errorsOf: (results: Results, expected?: Results) => NetworkErrors;
}

export async function networkCheck(dir: string, name: string): Promise<NetworkCheck> {
  const { golden, reference, config } = knownReference(dir, name);
  const tensors = read(dir, name);
  const state = await stateOf(dir, name, golden, tensors);
  const network = reference.create(config);
  const count = countParameters(network.parameters);
  if (count !== golden.parameter_count)
    throw new Error(`${name}: expected ${golden.parameter_count} parameters, got ${count}`);
  const names = new Set([...network.parameters.map(({ label }) => label), ...(network.aliases?.keys() ?? [])]);
  const official = new Set(golden.state_keys.map((key) => key.name));
  for (const label of [...names, ...official])
    if (!names.has(label) || !official.has(label))
      throw new Error(`${name}: "${label}" is a name ${names.has(label) ? "of ours only" : "that we lack"}`);

  const inputs = Object.entries(golden.inputs).map(([key, shape]) => input(`input/${key}`, shape));
  const target = input("target", tensors.get("target")!.shape);
  const images = inputs.filter(({ label }) => label !== "input/noise_level");
  const level = inputs.find(({ label }) => label === "input/noise_level");
  const made = network.forward({ image: concat(images, 1), ...(level ? { level } : {}) });
  if (made.length !== golden.outputs.length)
    throw new Error(`${name}: expected ${golden.outputs.length} outputs, got ${made.length}`);
  const loss = (reference.loss ?? l1OfLast)(made, target);
  const mse = losses.l2.graph(made.at(-1)!, target);

  const outputs: Record<string, Tensor> = { loss, mse };
  made.forEach((output, i) => {
    outputs[`output/${goldenIndex(golden, i)}`] = output;
  });
  const trained = network.parameters.filter(({ trainable }) => trainable);
  gradients(loss, trained).forEach((tensor, i) => {
    outputs[`grad/${trained[i]!.label}`] = tensor;
  });
  const stored = network.parameters.filter(({ label }) => golden.grads.includes(label));
  gradients(mse, stored).forEach((tensor, i) => {
    outputs[`grad_mse/${stored[i]!.label}`] = tensor;
  });
  const relative = (actual: number, expected: number) =>
    expected === 0 ? Math.abs(actual) : Math.abs(actual / expected - 1);

  return {
    graph: { inputs: [...inputs, target, ...network.parameters], outputs },
    feeds: Object.fromEntries([
      ...[...inputs, target].map(({ label, shape }) => [label, { shape, data: floatsOf(tensors.get(label)) }]),
      ...network.parameters.map(({ label, shape }) => [label, { shape, data: state.get(label)! }]),
    ]),
    sensitive: reference.sensitive?.(config) ?? false,
    weights: network.parameters.map(({ label }) => label),
    errorsOf(results, expected) {
      const right = expected ?? ((key: string) => floatsOf(tensors.get(key)));
      const worstOf = (keys: readonly string[]): number =>
        Math.max(...keys.map((key) => relativeError(results(key), right(key), largest(floatsOf(tensors.get(key))))));
      const norms = Object.entries(golden.grad_stats_official_loss).flatMap(([label, stats]) => {
        if (stats === null && !outputs[`grad/${label}`]) return [];
        const gradient = results(`grad/${label}`);
        // A gradient that is zero, or zero but for rounding, has no relative error.
        if (stats === null || stats.absmax < ZERO) return [largest(gradient)];
        const other = expected?.(`grad/${label}`);
        const { l2, absmax } = other ? { l2: normOf(other), absmax: largest(other) } : stats;
        return [relative(normOf(gradient), l2), relative(largest(gradient), absmax)];
      });
      const lossOf = (key: string, official: number) =>
        relative(results(key)[0]!, expected ? expected(key)[0]! : official);
      return {
        forward: worstOf(golden.outputs.map((_, i) => `output/${i}`)),
        gradient: worstOf(golden.grads.flatMap((label) => [`grad/${label}`, `grad_mse/${label}`])),
        loss: Math.max(lossOf("loss", golden.loss_official), lossOf("mse", golden.loss_mse_final)),
        gradientNorms: Math.max(...norms),
      };
    },
  };
}

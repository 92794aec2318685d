/**
 * @file Fixtures of `networks/` that name a class of a published GAN: outputs, losses, gradients and running averages
 * in train and eval mode. Their weights are in the file, in another case's file, or made by the fixtures' formula.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { losses } from "../../../src/diffusion/losses.js";
import { parseSafetensors, type StoredTensor } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { gradients } from "../../../src/graph/gradients.js";
import { input, type Shape, type Tensor } from "../../../src/graph/tensor.js";
import { countParameters, type Parameter, type Weights } from "../../../src/nn/parameters.js";
import { RecordedStatistics, runningStatistics } from "../../../src/nn/running-statistics.js";
import { floatResult, floats } from "../../../src/runtime/session.js";
import { type GanClass, ganClassOf } from "../gan-classes.js";
import { recipeValues } from "../recipe-weights.js";
import { Attributes } from "./ops/attributes.js";
import { compared, type Outcome, skipped } from "./outcome.js";

interface StateKey {
  readonly name: string;
  readonly shape: Shape;
  readonly alias_of?: string;
  readonly dtype?: string;
  readonly center?: number;
  readonly half?: number;
  readonly first?: readonly number[];
}

interface GradientFacts {
  readonly l2: number;
  readonly absmax: number;
}

interface Case {
  readonly cls: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly outputs: readonly Shape[];
  readonly loss_official: number;
  readonly loss_official_formula?: string;
  readonly loss_mse_final?: number;
  readonly parameter_count: number;
  readonly state_keys: readonly StateKey[];
  readonly state_recipe?: { readonly seed: string };
  readonly state_of?: string;
  readonly train_mode: boolean;
  readonly grad_stats_official_loss: Readonly<Record<string, GradientFacts | null>>;
  readonly grad_l2_mse?: Readonly<Record<string, number | null>>;
  readonly f32_pytorch_grad_max_rel_err: number;
  readonly f32_pytorch_grad_l2_max_rel_err: number;
  readonly f32_pytorch_grad_mse_max_rel_err?: number;
}

/** Tolerances of the fixtures' README, relative to the largest value; `times`: of what float32 PyTorch is off by. */
const TOLERANCES = { forward: 5e-5, gradient: 1e-4, times: 3 };
/** A norm averages over values that are off each on its own: it may be off by this share of what one of them may. */
const NORM_SHARE = 0.1;
/** A gradient that is smaller than this share of the largest one is zero but for rounding. */
const ZERO_SHARE = 1e-9;
const ROUNDED_ZERO_SHARE = 1e-4;

const floatsOf = (tensor: StoredTensor | undefined): Float32Array => tensor!.data as Float32Array;
const normOf = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const largestOf = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The case, or null if its file is of another form: restorers' fixtures state no error of PyTorch's gradients. */
export function ganCase(root: string, name: string): Case | null {
  const golden = JSON.parse(readFileSync(join(root, "networks", `${name}.json`), "utf8")) as Partial<Case>;
  return golden.f32_pytorch_grad_max_rel_err === undefined ? null : (golden as Case);
}

const tensorsOf = (root: string, file: string) => parseSafetensors(readFileSync(join(root, file)), file).tensors;

/**
 * Weights of a case by parameter. Every state key must be a parameter, an alias or a count of batches, and the other
 * way round.
 */
function ganWeights(
  root: string,
  name: string,
  golden: Case,
  { parameters, aliases = new Map() }: Pick<GanClass, "parameters" | "aliases">,
): Weights {
  const described = new Map(golden.state_keys.map((key) => [key.name, key]));
  const counts = (key: StateKey) => key.dtype === "int64";
  const ours = new Map(parameters.map((parameter) => [parameter.label, parameter]));
  for (const key of golden.state_keys)
    if (!counts(key) && !ours.has(aliases.get(key.name) ?? key.name))
      throw new Error(`${name}: "${key.name}" is lacking`);
  const state = golden.state_recipe ? null : tensorsOf(root, golden.state_of ?? `networks/${name}.safetensors`);
  return new Map(
    parameters.map(({ label, shape }) => {
      const key = described.get(label);
      if (!key || key.shape.join() !== shape.join())
        throw new Error(`${name}: "${label}" [${shape}] is ${key ? `[${key.shape}]` : "a name of ours only"}`);
      if (!golden.state_recipe) return [label, floatsOf(state!.get(`state/${label}`))];
      const values = recipeValues(golden.state_recipe.seed, label, shape, key.center!, key.half!);
      if (key.first?.some((value, i) => values[i] !== Math.fround(value)))
        throw new Error(`${name}: the formula's first values of "${label}" are others`);
      return [label, values];
    }),
  );
}

export async function ganOutcomes(root: string, name: string): Promise<Outcome[]> {
  const golden = ganCase(root, name)!;
  const create = ganClassOf(golden.cls);
  if (!create) return [skipped(name, `the network ${golden.cls} is not offered yet`)];
  const network = create(new Attributes(name, golden.config));
  const { parameters } = network;
  const weights = ganWeights(root, name, golden, network);
  const tensors = tensorsOf(root, `networks/${name}.safetensors`);
  const inputs = Object.entries(golden.inputs).map(([key, shape]) => input(`input/${key}`, shape));
  const stored = tensors.get("target");
  const target = stored ? input("target", stored.shape) : null;

  const statistics = golden.train_mode ? new RecordedStatistics() : runningStatistics;
  const made = network.forward(inputs, statistics);
  const loss = network.loss(made, target, golden.loss_official_formula ?? "");
  const outputs: Record<string, Tensor> = { loss };
  for (const [i, output] of made.entries()) outputs[`output/${i}`] = output;
  const trained = parameters.filter(({ trainable }) => trainable);
  for (const [i, gradient] of gradients(loss, trained).entries()) outputs[`grad/${trained[i]!.label}`] = gradient;
  if (golden.loss_mse_final !== undefined) {
    outputs.mse = losses.l2.graph(made.at(-1)!, target!);
    for (const [i, gradient] of gradients(outputs.mse, trained).entries())
      outputs[`grad_mse/${trained[i]!.label}`] = gradient;
  }
  if (statistics instanceof RecordedStatistics)
    for (const [{ label }, next] of statistics.updates)
      if (tensors.has(`state_after/${label}`)) outputs[`state_after/${label}`] = next;

  const results = await valuesOf(inputs, target, parameters, weights, tensors, outputs);
  const relative = TOLERANCES.forward;
  return [
    compared("number of parameters", [countParameters(parameters)], [golden.parameter_count], {}),
    ...golden.outputs.map((_, i) =>
      compared(`output/${i}`, results(`output/${i}`), floatsOf(tensors.get(`output/${i}`)), { relative }),
    ),
    compared("loss", results("loss"), [golden.loss_official], { relative }),
    ...(golden.loss_mse_final === undefined
      ? []
      : [compared("mse", results("mse"), [golden.loss_mse_final], { relative })]),
    ...[...tensors.keys()]
      .filter((key) => key.startsWith("state_after/"))
      .map((key) => compared(key, results(key), floatsOf(tensors.get(key)), { relative })),
    ...gradientOutcomes(golden, trained, results, tensors),
  ];
}

type Results = (name: string) => Float32Array;

async function valuesOf(
  inputs: readonly ReturnType<typeof input>[],
  target: ReturnType<typeof input> | null,
  parameters: readonly Parameter[],
  weights: Weights,
  tensors: ReadonlyMap<string, StoredTensor>,
  outputs: Readonly<Record<string, Tensor>>,
): Promise<Results> {
  const given = [...inputs, ...(target ? [target] : [])];
  await using session = await createRuntime().open(compile({ inputs: [...given, ...parameters], outputs }));
  const needed = new Set(session.graph.inputs.map(({ name }) => name));
  const values = await session.run(
    Object.fromEntries(
      [
        ...given.map(({ label, shape }) => [label, floats(floatsOf(tensors.get(label)), shape)] as const),
        ...parameters.map(({ label, shape }) => [label, floats(weights.get(label)!, shape)] as const),
      ].filter(([label]) => needed.has(label)),
    ),
  );
  return (name) => floatResult(values, name);
}

function gradientOutcomes(
  golden: Case,
  trained: readonly Parameter[],
  results: Results,
  tensors: ReadonlyMap<string, StoredTensor>,
): Outcome[] {
  const stats = golden.grad_stats_official_loss;
  const most = Object.values(stats).reduce((most, facts) => Math.max(most, facts?.absmax ?? 0), 0);
  const floor = ZERO_SHARE * most;
  const norm = Math.max(
    TOLERANCES.gradient,
    TOLERANCES.times * golden.f32_pytorch_grad_l2_max_rel_err,
    NORM_SHARE * TOLERANCES.times * golden.f32_pytorch_grad_max_rel_err,
  );
  const unused = Object.entries(stats).filter(
    ([label, facts]) => facts === null && trained.some((parameter) => parameter.label === label),
  );
  return [
    ...unused.map(([label]) => compared(`grad/${label}`, results(`grad/${label}`), [], {})),
    ...Object.entries(stats).flatMap(([label, facts]) => {
      if (facts === null) return [];
      const values = results(`grad/${label}`);
      const where = `norm of grad/${label}`;
      if (facts.absmax < floor)
        return [compared(where, [largestOf(values)], [0], { absolute: ROUNDED_ZERO_SHARE * most })];
      return [compared(where, [normOf(values)], [facts.l2], { relative: norm })];
    }),
    ...["grad", "grad_mse"].flatMap((kind) => {
      const off = kind === "grad" ? golden.f32_pytorch_grad_max_rel_err : golden.f32_pytorch_grad_mse_max_rel_err;
      const relative = Math.max(TOLERANCES.gradient, TOLERANCES.times * (off ?? 0));
      return [...tensors].flatMap(([key, tensor]) => {
        if (!key.startsWith(`${kind}/`) || largestOf(floatsOf(tensor)) < floor) return [];
        const [values, expected] = [results(key), floatsOf(tensor)];
        const each = compared(key, values, expected, { relative });
        // Rounding in front of a kink changes single values by more, the norm hardly.
        const whole = compared(`norm of ${key}`, [normOf(values)], [normOf(expected)], { relative: norm });
        return [each.kind === "compared" && each.error <= each.tolerance ? each : whole];
      });
    }),
  ];
}

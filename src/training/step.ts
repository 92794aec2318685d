/**
 * @file One training step as one graph and one run: forward, loss, gradients, clipping, optimiser, average. State and
 * batch in; next state, loss and gradient norm out. The state is held twice: a run reads one set of arrays and writes
 * the other.
 */
import { UnblurError } from "../base/errors.js";
import { type CompiledGraph, compile } from "../graph/compile.js";
import { gradients } from "../graph/gradients.js";
import { add, mul, sub } from "../graph/ops/arithmetic.js";
import { reshape } from "../graph/ops/shape.js";
import { stopGradient } from "../graph/ops/stop-gradient.js";
import { substitute } from "../graph/substitute.js";
import { input, type Placeholder, sizeOf, type Tensor } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";
import { floatResult, floats, type Runtime, type Session, type Values } from "../runtime/session.js";
import { clipScale, globalNorm } from "./gradient-norm.js";
import type { Objective } from "./objective.js";
import { optimiserOf } from "./optimisers.js";
import {
  EMA,
  memoryName,
  opponentName,
  opponentRecipe,
  type Recipe,
  type StateEntry,
  type StateValues,
  stateLayout,
  stateName,
  WEIGHTS,
} from "./state.js";

/** Scalars of a step beside state and batch, computed in float64. */
export interface StepScalars {
  /** Number of this step, counted from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Weight of the new parameters in the average, in (0, 1]; omitted without an average. */
  readonly emaWeight?: number;
  /** The opponent's step and rate, where they differ. */
  readonly opponent?: { readonly step: number; readonly learningRate: number };
}

export interface StepResult {
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradNorm: number;
  /** The objective's terms by name; with an opponent also `discriminatorLoss` and `discriminatorGradNorm`. */
  readonly terms: Readonly<Record<string, number>>;
}

/** A compiled step and the layout of its state. */
export interface StepGraph {
  readonly graph: CompiledGraph;
  readonly recipe: Recipe;
  readonly layout: readonly StateEntry[];
  /** Names of the terms that it computes. */
  readonly terms: readonly string[];
}

const next = (name: string): string => `next/${name}`;
const term = (name: string): string => `term/${name}`;
const SCALAR = "scalar/";
const OPPONENT_SCALAR = "scalar/opponent/";

/** Collector of a step's inputs and outputs. */
interface Wiring {
  readonly inputs: Placeholder[];
  readonly outputs: Record<string, Tensor>;
}

/** Adds the update of parameters that follow a loss, and gives their next values and the norm of the gradients. */
function update(
  { inputs, outputs }: Wiring,
  trained: readonly Parameter[],
  loss: Tensor,
  recipe: Recipe,
  { nameOf, scalarPrefix }: { nameOf: (slot: string, parameter: Parameter) => string; scalarPrefix: string },
): { readonly moved: ReadonlyMap<Tensor, Tensor>; readonly gradNorm: Tensor } {
  const optimiser = optimiserOf(recipe.optimiser);
  const grads = gradients(loss, trained);
  const gradNorm = globalNorm(grads);
  const gradientScale = recipe.maxGradNorm === null ? null : clipScale(gradNorm, recipe.maxGradNorm);
  const scalarNames = Object.keys(optimiser.scalars(recipe.optimiser, 1, 1));
  const scalars = Object.fromEntries(scalarNames.map((name) => [name, input(scalarPrefix + name, [])]));
  const emaWeight = input(SCALAR + EMA, []);
  inputs.push(...Object.values(scalars), ...(recipe.ema ? [emaWeight] : []));
  const moved = new Map<Tensor, Tensor>();
  trained.forEach((parameter, i) => {
    const slot = (name: string): Tensor => {
      const placeholder = input(nameOf(name, parameter), parameter.shape);
      inputs.push(placeholder);
      return placeholder;
    };
    const slots = Object.fromEntries(optimiser.slots(parameter.shape).map((name) => [name, slot(name)]));
    const gradient = grads[i]!;
    const updated = optimiser.update(recipe.optimiser, { parameter, gradient, gradientScale, slots, scalars });
    moved.set(parameter, updated.parameter);
    outputs[next(nameOf(WEIGHTS, parameter))] = updated.parameter;
    for (const [name, tensor] of Object.entries(updated.slots)) outputs[next(nameOf(name, parameter))] = tensor;
    if (recipe.ema) {
      const ema = slot(EMA);
      outputs[next(nameOf(EMA, parameter))] = add(ema, mul(sub(updated.parameter, ema), emaWeight));
    }
  });
  return { moved, gradNorm };
}

/** Graph of a step, before it is compiled. */
export interface StepTensors {
  readonly inputs: readonly Placeholder[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Names of the terms that it computes. */
  readonly terms: readonly string[];
}

/**
 * The graph of the step. Parameters that the loss does not depend on get zero gradients. An opponent is updated first;
 * the loss then uses its new weights. `frozen`: the objective's parameters that `frozenAtFirst` names keep their
 * values.
 */
export function stepTensors(objective: Objective, recipe: Recipe, { frozen = false } = {}): StepTensors {
  const { opponent, memory = [], frozenAtFirst } = objective;
  const held = (label: string): boolean => frozen && label.startsWith(frozenAtFirst!.labels);
  const trained = objective.parameters.filter(({ trainable, label }) => trainable && !held(label));
  const wiring: Wiring = {
    inputs: [
      ...objective.parameters,
      ...(opponent?.parameters ?? []),
      ...objective.inputs,
      ...memory.map(({ placeholder }) => placeholder),
    ],
    outputs: {},
  };
  const terms: Record<string, Tensor> = { ...objective.terms };
  let loss = reshape(objective.loss, []);
  if (opponent) {
    const against = opponent.parameters.filter(({ trainable }) => trainable);
    const lossAgainst = reshape(opponent.loss, []);
    const naming = { nameOf: opponentName, scalarPrefix: OPPONENT_SCALAR };
    const { moved, gradNorm } = update(wiring, against, lossAgainst, opponentRecipe(recipe), naming);
    const names = Object.keys(terms);
    const kept = (opponent.kept ?? []).map((tensor) => [tensor, tensor] as const);
    // The new weights depend on the objective's network, through the gradients that made them; the loss takes them as
    // given.
    const given = [...moved].map(([parameter, updated]) => [parameter, stopGradient(updated)] as const);
    const [changed, ...rest] = substitute([loss, ...Object.values(terms)], new Map([...given, ...kept]));
    loss = changed!;
    for (const [i, name] of names.entries()) terms[name] = rest[i]!;
    terms.discriminatorLoss = lossAgainst;
    terms.discriminatorGradNorm = gradNorm;
  }
  const naming = { nameOf: stateName, scalarPrefix: SCALAR };
  const { gradNorm } = update(wiring, trained, loss, recipe, naming);
  const { inputs, outputs } = wiring;
  Object.assign(outputs, { loss, gradNorm });
  for (const [name, tensor] of Object.entries(terms)) outputs[term(name)] = reshape(tensor, []);
  for (const [average, tensor] of objective.updates ?? []) outputs[next(stateName(WEIGHTS, average))] = tensor;
  for (const one of memory) outputs[next(memoryName(one))] = one.next;
  return { inputs, outputs, terms: Object.keys(terms) };
}

/** Compiles the step. */
export function compileStep(objective: Objective, recipe: Recipe, options?: { readonly frozen?: boolean }): StepGraph {
  const { inputs, outputs, terms } = stepTensors(objective, recipe, options);
  return {
    graph: compile({ inputs, outputs, weights: objective.frozen ?? new Map() }),
    recipe,
    layout: stateLayout(objective, recipe),
    terms,
  };
}

const describeTerms = (terms: Readonly<Record<string, number>>): string =>
  Object.entries(terms)
    .map(([name, value]) => `, ${name} ${value}`)
    .join("");

/** A step on a device with its state. It owns a session, so release it. */
export class TrainingStep implements AsyncDisposable {
  #current: Values;
  #spare: Values;

  private constructor(
    private readonly session: Session,
    private readonly stepGraph: StepGraph,
    private readonly labels: ReadonlyMap<string, string>,
    initial: Values,
  ) {
    this.#current = initial;
    // Values that no step writes (of parameters that are not trained) share one array in both sets.
    const written = new Set(stepGraph.graph.outputs.map(({ name }) => name));
    this.#spare = Object.fromEntries(
      Object.entries(initial).map(([name, value]) => [
        name,
        written.has(next(name)) ? floats(new Float32Array(value.data.length), value.shape) : value,
      ]),
    );
  }

  /** Opens a session. The step takes ownership of `state` and writes its arrays. */
  static async open(
    runtime: Runtime,
    objective: Objective,
    stepGraph: StepGraph,
    state: StateValues,
  ): Promise<TrainingStep> {
    const initial = Object.fromEntries(
      stepGraph.layout.map(({ name, shape }) => {
        const data = state.get(name);
        if (data?.length !== sizeOf(shape))
          throw new UnblurError(
            "checkpoint",
            `training state: expected "${name}" [${shape}], got ${data ? `${data.length} values` : "nothing"}`,
          );
        return [name, floats(data, shape)];
      }),
    );
    // What the objective created is named after its label alone: parameters, and what it carries.
    const labels = new Map(stepGraph.layout.map(({ name }) => [name, name]));
    for (const parameter of objective.parameters) labels.set(stateName(WEIGHTS, parameter), parameter.label);
    for (const parameter of objective.opponent?.parameters ?? [])
      labels.set(opponentName(WEIGHTS, parameter), parameter.label);
    for (const one of objective.memory ?? []) labels.set(memoryName(one), one.placeholder.label);
    return new TrainingStep(await runtime.open(stepGraph.graph), stepGraph, labels, initial);
  }

  /**
   * The state after the last good step. It is live: the step after the next overwrites it, so write or copy it before.
   */
  get state(): StateValues {
    return new Map(Object.keys(this.#current).map((name) => [name, floatResult(this.#current, name)]));
  }

  /**
   * Runs a step. Throws `numeric` if loss or gradient norm is NaN or infinite; the state is then that of the step
   * before.
   */
  async run(feeds: Values, scalars: StepScalars): Promise<StepResult> {
    const { step, learningRate, emaWeight = 1, opponent = { step, learningRate } } = scalars;
    const { optimiser } = this.stepGraph.recipe;
    const given: Record<string, Values[string]> = { ...feeds, [SCALAR + EMA]: floats(Float32Array.of(emaWeight), []) };
    for (const [prefix, of] of [[SCALAR, { step, learningRate }], [OPPONENT_SCALAR, opponent]] as const) // biome-ignore format: pairs
      for (const [name, value] of Object.entries(optimiserOf(optimiser).scalars(optimiser, of.step, of.learningRate)))
        given[prefix + name] = floats(Float32Array.of(value), []);
    const into: Record<string, Values[string]> = {};
    for (const [name, value] of Object.entries(this.#current)) {
      given[this.labels.get(name)!] = value;
      if (this.#spare[name] !== value) into[next(name)] = this.#spare[name]!;
    }
    const results = await this.session.run(given, into);
    const [loss, gradNorm] = [floatResult(results, "loss")[0]!, floatResult(results, "gradNorm")[0]!];
    const terms = Object.fromEntries(
      this.stepGraph.terms.map((name) => [name, floatResult(results, term(name))[0]!] as const),
    );
    if (![loss, gradNorm, ...Object.values(terms)].every(Number.isFinite)) {
      throw new UnblurError(
        "numeric",
        `training step ${step}: the loss is ${loss} and the gradient norm ${gradNorm}${describeTerms(terms)}; the weights stay those of step ` +
          `${step - 1}. Lower the learning rate, clip gradients or examine this step's data`,
      );
    }
    [this.#current, this.#spare] = [this.#spare, this.#current];
    return { loss, gradNorm, terms };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.release();
  }
}

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
import { input, type Placeholder, sizeOf, type Tensor } from "../graph/tensor.js";
import { floatResult, floats, type Runtime, type Session, type Values } from "../runtime/session.js";
import { clipScale, globalNorm } from "./gradient-norm.js";
import type { Objective } from "./objective.js";
import { optimiserOf } from "./optimisers.js";
import {
  EMA,
  type Recipe,
  type StateEntry,
  type StateValues,
  slotsOf,
  stateLayout,
  stateName,
  WEIGHTS,
} from "./state.js";

/** Scalars of a step beside state and batch, computed in float64. */
export interface StepScalars {
  /** Number of this step, counted from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** In (0, 1]; omitted if there is no average. */
  readonly emaWeight?: number;
}

export interface StepResult {
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradNorm: number;
}

/** A compiled step and the layout of its state. */
export interface StepGraph {
  readonly graph: CompiledGraph;
  readonly recipe: Recipe;
  readonly layout: readonly StateEntry[];
}

const next = (name: string): string => `next/${name}`;
const SCALAR = "scalar/";

/** Compiles the step. Parameters that the loss does not depend on get zero gradients. */
export function compileStep(objective: Objective, recipe: Recipe): StepGraph {
  const optimiser = optimiserOf(recipe.optimiser);
  const trained = objective.parameters.filter((parameter) => parameter.trainable);
  const loss = reshape(objective.loss, []);
  const grads = gradients(loss, trained);
  const gradNorm = globalNorm(grads);
  const gradientScale = recipe.maxGradNorm === null ? null : clipScale(gradNorm, recipe.maxGradNorm);

  const scalarNames = Object.keys(optimiser.scalars(recipe.optimiser, 1, 1));
  const scalars = Object.fromEntries(scalarNames.map((name) => [name, input(SCALAR + name, [])]));
  const emaWeight = input(SCALAR + EMA, []);

  const inputs: Placeholder[] = [...objective.parameters, ...objective.inputs, ...Object.values(scalars), emaWeight];
  const outputs: Record<string, Tensor> = { loss, gradNorm };
  trained.forEach((parameter, i) => {
    const slot = (name: string): Tensor => {
      const placeholder = input(stateName(name, parameter), parameter.shape);
      inputs.push(placeholder);
      return placeholder;
    };
    const slots = Object.fromEntries(optimiser.slots(parameter.shape).map((name) => [name, slot(name)]));
    const updated = optimiser.update(recipe.optimiser, {
      parameter,
      gradient: grads[i]!,
      gradientScale,
      slots,
      scalars,
    });
    outputs[next(stateName(WEIGHTS, parameter))] = updated.parameter;
    for (const [name, tensor] of Object.entries(updated.slots)) outputs[next(stateName(name, parameter))] = tensor;
    if (recipe.ema) {
      const ema = slot(EMA);
      outputs[next(stateName(EMA, parameter))] = add(ema, mul(sub(updated.parameter, ema), emaWeight));
    }
  });
  for (const [average, tensor] of objective.updates ?? []) outputs[next(stateName(WEIGHTS, average))] = tensor;
  return {
    graph: compile({ inputs, outputs, weights: objective.frozen ?? new Map() }),
    recipe,
    layout: stateLayout(objective.parameters, recipe),
  };
}

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
    // The input of a parameter is named after its label alone, because the objective created it.
    const labels = new Map(
      objective.parameters.flatMap((parameter) =>
        slotsOf(stepGraph.recipe, parameter).map((slot) => {
          const name = stateName(slot, parameter);
          return [name, slot === WEIGHTS ? parameter.label : name] as const;
        }),
      ),
    );
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
  async run(feeds: Values, { step, learningRate, emaWeight = 1 }: StepScalars): Promise<StepResult> {
    const { optimiser } = this.stepGraph.recipe;
    const given: Record<string, Values[string]> = { ...feeds, [SCALAR + EMA]: floats(Float32Array.of(emaWeight), []) };
    for (const [name, value] of Object.entries(optimiserOf(optimiser).scalars(optimiser, step, learningRate)))
      given[SCALAR + name] = floats(Float32Array.of(value), []);
    const into: Record<string, Values[string]> = {};
    for (const [name, value] of Object.entries(this.#current)) {
      given[this.labels.get(name)!] = value;
      if (this.#spare[name] !== value) into[next(name)] = this.#spare[name]!;
    }
    const results = await this.session.run(given, into);
    const [loss, gradNorm] = [floatResult(results, "loss")[0]!, floatResult(results, "gradNorm")[0]!];
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      throw new UnblurError(
        "numeric",
        `training step ${step}: the loss is ${loss} and the gradient norm ${gradNorm}; the weights stay those of step ` +
          `${step - 1}. Lower the learning rate, clip gradients or examine this step's data`,
      );
    }
    [this.#current, this.#spare] = [this.#spare, this.#current];
    return { loss, gradNorm };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.release();
  }
}

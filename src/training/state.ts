/**
 * @file The state that training carries from step to step: weights, their average, values of the optimiser. Its names
 * and shapes are those of the step's inputs and of the checkpoint.
 */
import type { Rng } from "../base/random.js";
import type { Shape } from "../graph/tensor.js";
import { initialWeights, type Parameter, type Weights } from "../nn/parameters.js";
import type { EmaConfig } from "./ema.js";
import type { Memory, Objective } from "./objective.js";
import { type OptimiserConfig, optimiserOf } from "./optimisers.js";

/** Optimiser, clipping and averaging; the loss belongs to the objective. */
export interface Recipe {
  readonly optimiser: OptimiserConfig;
  /** Largest global norm of the gradients; null: no clipping. */
  readonly maxGradNorm: number | null;
  readonly ema: EmaConfig | null;
}

export const WEIGHTS = "weights";
export const EMA = "ema";

/** Start of the names of an opponent's values, and of what an objective carries from step to step. */
const [OPPONENT, MEMORY] = ["opponent", "memory"] as const;

/** The parts of an objective that have state. */
export type Stateful = Pick<Objective, "parameters" | "opponent" | "memory">;

/** Name of the value `slot` of an opponent's parameter: "opponent/m/model.0.weight". */
export const opponentName = (slot: string, parameter: Parameter): string => `${OPPONENT}/${stateName(slot, parameter)}`;
export const memoryName = ({ placeholder }: Memory): string => `${MEMORY}/${placeholder.label}`;

/** The recipe of an opponent: nothing restores with it, so it has no average. */
export const opponentRecipe = (recipe: Recipe): Recipe => ({ ...recipe, ema: null });

/** Name of the value `slot` of a parameter: "m/conv.weight". */
export const stateName = (slot: string, parameter: Parameter): string => `${slot}/${parameter.label}`;

/** Values that a recipe keeps for a parameter: its weights, and for a trainable one all others. */
export const slotsOf = (recipe: Recipe, parameter: Parameter): readonly string[] =>
  parameter.trainable
    ? [WEIGHTS, ...(recipe.ema ? [EMA] : []), ...optimiserOf(recipe.optimiser).slots(parameter.shape)]
    : [WEIGHTS];

export interface StateEntry {
  readonly name: string;
  readonly shape: Shape;
}

/** Names and shapes of the whole state, in a fixed order. */
export const stateLayout = ({ parameters, opponent, memory = [] }: Stateful, recipe: Recipe): StateEntry[] => [
  ...entriesOf(parameters, recipe, stateName),
  ...entriesOf(opponent?.parameters ?? [], opponentRecipe(recipe), opponentName),
  ...memory.map((one) => ({ name: memoryName(one), shape: one.placeholder.shape })),
];

type Naming = (slot: string, parameter: Parameter) => string;
const entriesOf = (parameters: readonly Parameter[], recipe: Recipe, nameOf: Naming): StateEntry[] =>
  parameters.flatMap((parameter) =>
    slotsOf(recipe, parameter).map((slot) => ({ name: nameOf(slot, parameter), shape: parameter.shape })),
  );

/** Values of the state by name. */
export type StateValues = ReadonlyMap<string, Float32Array>;

/**
 * The state before the first step: given or random weights, the average equal to them, the optimiser's values and what
 * the objective carries at zero. `weights` are of the objective's own parameters; an opponent starts at random.
 */
export function initialState(
  { parameters, opponent, memory = [] }: Stateful,
  recipe: Recipe,
  rng: Rng,
  weights: Weights = initialWeights(parameters, rng),
): Map<string, Float32Array> {
  const against = opponent?.parameters ?? [];
  const valuesOf = (slot: string, values: Float32Array): Float32Array =>
    slot === WEIGHTS || slot === EMA ? values.slice() : new Float32Array(values.length);
  const all = (of: readonly Parameter[], to: Recipe, nameOf: Naming, from: Weights) =>
    of.flatMap((parameter) =>
      slotsOf(to, parameter).map(
        (slot) => [nameOf(slot, parameter), valuesOf(slot, from.get(parameter.label)!)] as const,
      ),
    );
  return new Map([
    ...all(parameters, recipe, stateName, weights),
    ...all(against, opponentRecipe(recipe), opponentName, initialWeights(against, rng.fork(OPPONENT))),
    ...memory.map((one) => [memoryName(one), new Float32Array(one.placeholder.size)] as const),
  ]);
}

/** The name of a value in the state that contains NaN or infinity, or null. */
export function notFinite(state: StateValues): string | null {
  for (const [name, values] of state) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! * 0; // 0, or NaN for good: faster than testing each
    if (sum !== 0) return name;
  }
  return null;
}

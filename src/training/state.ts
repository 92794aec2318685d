/**
 * @file The state that training carries from step to step: weights, their average, values of the optimiser. Its names
 * and shapes are those of the step's inputs and of the checkpoint.
 */
import type { Rng } from "../base/random.js";
import type { Shape } from "../graph/tensor.js";
import { initialWeights, type Parameter, type Weights } from "../nn/parameters.js";
import type { EmaConfig } from "./ema.js";
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
export const stateLayout = (parameters: readonly Parameter[], recipe: Recipe): StateEntry[] =>
  parameters.flatMap((parameter) =>
    slotsOf(recipe, parameter).map((slot) => ({ name: stateName(slot, parameter), shape: parameter.shape })),
  );

/** Values of the state by name. */
export type StateValues = ReadonlyMap<string, Float32Array>;

/**
 * The state before the first step: given or random weights, the average equal to them, the optimiser's values at zero.
 */
export function initialState(
  parameters: readonly Parameter[],
  recipe: Recipe,
  rng: Rng,
  weights: Weights = initialWeights(parameters, rng),
): Map<string, Float32Array> {
  return new Map(
    parameters.flatMap((parameter) =>
      slotsOf(recipe, parameter).map((slot) => {
        const initial = weights.get(parameter.label)!;
        const values =
          slot === WEIGHTS ? initial.slice() : slot === EMA ? initial.slice() : new Float32Array(initial.length);
        return [stateName(slot, parameter), values] as const;
      }),
    ),
  );
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

/**
 * @file The step between two rounds of training on several machines: DiLoCo (Douillard et al. 2023, "DiLoCo:
 * Distributed Low-Communication Training of Language Models", algorithm 1). Each share of a round starts from the same
 * state and takes some steps by itself; the mean of its changes is the gradient of an outer optimiser, SGD with
 * Nesterov momentum.
 *
 * The paper leaves each worker the moments of its inner optimiser. Here they are averaged like everything else that is
 * not a trained weight: so a share belongs to no worker, whoever joins goes on with warm moments, and a worker that is
 * gone takes nothing with it. That costs three times the bytes with Adam.
 */
import * as z from "zod";
import {
  EMA,
  type Recipe,
  type StateEntry,
  type Stateful,
  type StateValues,
  stateLayout,
  stateName,
  WEIGHTS,
} from "../state.js";

export const roundsSchema = z.strictObject({
  localSteps: z.int().min(1).default(500).describe("steps of each share of a round, without a word to the others"),
  learningRate: z.number().positive().default(0.7).describe("rate of the outer step; 1 without momentum: the mean"),
  momentum: z.number().min(0).lt(1).default(0.9).describe("Nesterov momentum of the outer step"),
});
export type RoundsConfig = z.infer<typeof roundsSchema>;

const OUTER = "outer";

/** The sum of outer gradients of a trained weight: "outer/weights/conv.weight". */
const momentumName = (weight: string): string => `${OUTER}/${weight}`;

/** Names of the weights that the outer step moves. */
function movedWeights({ parameters }: Stateful): string[] {
  return parameters.filter(({ trainable }) => trainable).map((parameter) => stateName(WEIGHTS, parameter));
}

/** A share averages no weights: the average of a run in rounds is that of its outer steps. */
export const shareRecipe = (recipe: Recipe): Recipe => ({ ...recipe, ema: null });

/** Layout of the state that a share starts from and ends with. */
export const shareLayout = (objective: Stateful, recipe: Recipe): StateEntry[] =>
  stateLayout(objective, shareRecipe(recipe));

/** The state of a run in rounds: that of a run, and the outer momentum. */
export function roundsLayout(objective: Stateful, recipe: Recipe): StateEntry[] {
  const layout = stateLayout(objective, recipe);
  const moved = new Set(movedWeights(objective));
  const momenta = layout.filter(({ name }) => moved.has(name));
  return [...layout, ...momenta.map(({ name, shape }) => ({ name: momentumName(name), shape }))];
}

/** `state` with an outer momentum of zero. */
export const withMomentum = (objective: Stateful, state: StateValues): Map<string, Float32Array> =>
  new Map([
    ...state,
    ...movedWeights(objective).map((name) => [momentumName(name), new Float32Array(state.get(name)!.length)] as const),
  ]);

/** Mean of states, one after the other, in float64. */
export class MeanState {
  readonly #sums = new Map<string, Float64Array>();
  #count = 0;

  constructor(private readonly layout: readonly StateEntry[]) {}

  get count(): number {
    return this.#count;
  }

  add(state: StateValues): void {
    this.#count++;
    for (const { name } of this.layout) {
      const values = state.get(name)!;
      const sum = this.#sums.get(name) ?? new Float64Array(values.length);
      for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
      this.#sums.set(name, sum);
    }
  }

  /** The mean of one value. */
  of(name: string): Float64Array {
    return this.#sums.get(name)!.map((sum) => sum / this.#count);
  }
}

/**
 * Returns the state after a round: weights by the outer step; all other shared values as their mean; `ema` as a weight
 * in (0, 1] towards the new weights. Pure; values are rounded to float32 once.
 */
export function outerStep(
  objective: Stateful,
  recipe: Recipe,
  state: StateValues,
  mean: MeanState,
  { learningRate, momentum, emaWeight }: Pick<RoundsConfig, "learningRate" | "momentum"> & { emaWeight: number },
): Map<string, Float32Array> {
  const next = new Map(state);
  for (const { name } of shareLayout(objective, recipe)) next.set(name, Float32Array.from(mean.of(name)));
  for (const name of movedWeights(objective)) {
    const [before, towards] = [state.get(name)!, mean.of(name)];
    const outer = state.get(momentumName(name))!.slice();
    const moved = new Float32Array(before.length);
    for (let i = 0; i < moved.length; i++) {
      const gradient = before[i]! - towards[i]!;
      outer[i] = momentum * outer[i]! + gradient;
      moved[i] = before[i]! - learningRate * (gradient + momentum * outer[i]!);
    }
    next.set(name, moved).set(momentumName(name), outer);
    const averaged = name.replace(WEIGHTS, EMA);
    const average = state.get(averaged)?.slice();
    if (!average) continue;
    for (let i = 0; i < average.length; i++) average[i]! += emaWeight * (moved[i]! - average[i]!);
    next.set(averaged, average);
  }
  return next;
}

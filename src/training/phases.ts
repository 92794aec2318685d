/**
 * @file Training in two phases: first with a frozen backbone, then with all parameters. The second phase starts with a
 * new optimiser, as in published code; an opponent keeps its own.
 */
import type { Runtime, Values } from "../runtime/session.js";
import type { Objective } from "./objective.js";
import { EMA, type Recipe, type StateValues, slotsOf, stateName, WEIGHTS } from "./state.js";
import { compileStep, type StepResult, type StepScalars, TrainingStep } from "./step.js";

type Phased = Pick<Objective, "frozenAtFirst">;

const isFrozen = ({ frozenAtFirst }: Phased, step: number): boolean =>
  frozenAtFirst !== undefined && step <= frozenAtFirst.steps;

/** The number of a step in its phase, counted from 1. */
export const stepInPhase = (objective: Phased, step: number): number =>
  objective.frozenAtFirst && !isFrozen(objective, step) ? step - objective.frozenAtFirst.steps : step;

/** The training step of the current phase, on a device with the state. It owns a session, so release it. */
export class TrainingPhases implements AsyncDisposable {
  private constructor(
    private readonly runtime: Runtime,
    private readonly objective: Objective,
    private readonly recipe: Recipe,
    private training: TrainingStep,
    private frozen: boolean,
    private nextStep: number,
  ) {}

  /** `nextStep`: the number of the run's step that is next. Takes ownership of `state` and writes its arrays. */
  static async open(
    runtime: Runtime,
    objective: Objective,
    recipe: Recipe,
    state: StateValues,
    nextStep: number,
  ): Promise<TrainingPhases> {
    const frozen = isFrozen(objective, nextStep);
    // A checkpoint of the first phase's end is of its optimiser.
    if (nextStep - 1 === objective.frozenAtFirst?.steps) resetOptimiser(objective, recipe, state);
    const training = await TrainingStep.open(runtime, objective, compileStep(objective, recipe, { frozen }), state);
    return new TrainingPhases(runtime, objective, recipe, training, frozen, nextStep);
  }

  /** The state after the last good step: see `TrainingStep`. */
  get state(): StateValues {
    return this.training.state;
  }

  /** Runs the next step; errors are those of `TrainingStep`. */
  async run(feeds: Values, scalars: StepScalars): Promise<StepResult> {
    if (this.frozen && !isFrozen(this.objective, this.nextStep)) {
      const { state } = this.training;
      await this.training[Symbol.asyncDispose]();
      resetOptimiser(this.objective, this.recipe, state);
      const graph = compileStep(this.objective, this.recipe);
      this.training = await TrainingStep.open(this.runtime, this.objective, graph, state);
      this.frozen = false;
    }
    const result = await this.training.run(feeds, scalars);
    this.nextStep++;
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.training[Symbol.asyncDispose]();
  }
}

function resetOptimiser({ parameters }: Objective, recipe: Recipe, state: StateValues): void {
  for (const parameter of parameters)
    for (const slot of slotsOf(recipe, parameter))
      if (slot !== WEIGHTS && slot !== EMA) state.get(stateName(slot, parameter))?.fill(0);
}

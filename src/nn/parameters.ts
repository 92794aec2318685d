/**
 * @file Parameters of networks. A layer is a function from tensors to tensors; the function that makes it registers its
 * parameters under a scope. The scope's path is the parameter's name in checkpoints, so renaming one breaks saved
 * models. The values live outside the graph, as plain arrays by name.
 */
import { argumentError, UnblurError } from "../base/errors.js";
import type { Rng } from "../base/random.js";
import { Placeholder, type Shape, sizeOf } from "../graph/tensor.js";

/** Returns a parameter's initial values. */
export type Init = (shape: Shape, rng: Rng) => Float32Array;

export class Parameter extends Placeholder {
  constructor(
    label: string,
    shape: Shape,
    readonly init: Init,
    /** false: a fixed value of the architecture (a mean colour), which is saved but not trained. */
    readonly trainable: boolean,
    /** A running average: saved and updated, but not optimised and not counted, like PyTorch's buffers. */
    readonly buffer = false,
  ) {
    super(label, shape, "float32");
  }
}

/** Parameter values by name. */
export type Weights = ReadonlyMap<string, Float32Array>;

/**
 * Limits of a network, several times the size of the largest published restorers. A larger description is a mistake or
 * an attack and takes minutes to build.
 */
const MAX_TENSORS = 10_000;
const MAX_VALUES = 2 ** 31;

/** State shared by the scopes of one root. */
interface Registry {
  readonly parameters: Map<string, Parameter>;
  /** Number of values of all parameters. */
  values: number;
}

/** A place to register parameters: a path into a list that all scopes of one root share. */
export class Scope {
  private constructor(
    private readonly path: string,
    private readonly registry: Registry,
  ) {}

  static root(): Scope {
    return new Scope("", { parameters: new Map(), values: 0 });
  }

  /** The path without its final dot: "mid.0" for parameters under "mid.0."; "" for the root. */
  get name(): string {
    return this.path.slice(0, -1);
  }

  /** The scope of a part: `scope.child("mid", 0)` registers under "mid.0.". */
  child(...names: readonly (string | number)[]): Scope {
    return new Scope(`${this.path}${names.join(".")}.`, this.registry);
  }

  parameter(name: string, shape: Shape, init: Init, { trainable = true } = {}): Parameter {
    return this.#register(new Parameter(this.path + name, shape, init, trainable));
  }

  /** A running average. */
  buffer(name: string, shape: Shape, init: Init): Parameter {
    return this.#register(new Parameter(this.path + name, shape, init, false, true));
  }

  #register(parameter: Parameter): Parameter {
    const { label, shape } = parameter;
    if (this.registry.parameters.has(label))
      throw argumentError("Scope.parameter", "names must be unique", `"${label}" twice`);
    this.registry.values += sizeOf(shape);
    if (this.registry.parameters.size >= MAX_TENSORS || !(this.registry.values <= MAX_VALUES))
      throw new UnblurError(
        "config",
        `network: expected at most ${MAX_TENSORS.toLocaleString("en")} parameter tensors with ${MAX_VALUES.toLocaleString("en")} values, got more at "${label}"; use fewer blocks or channels`,
      );
    this.registry.parameters.set(label, parameter);
    return parameter;
  }

  /** All parameters registered so far under this root, in order of registration. */
  parameters(): readonly Parameter[] {
    return [...this.registry.parameters.values()];
  }
}

/** Values of all parameters; running averages are not counted. */
export const countParameters = (parameters: readonly Parameter[]): number =>
  parameters.reduce((count, { buffer, shape }) => count + (buffer ? 0 : sizeOf(shape)), 0);

/** Initial values. Each parameter draws from a stream of its own, so adding a parameter changes no other. */
export function initialWeights(parameters: readonly Parameter[], rng: Rng): Map<string, Float32Array> {
  return new Map(
    parameters.map((parameter) => [parameter.label, parameter.init(parameter.shape, rng.fork(parameter.label))]),
  );
}

/** Checks that each parameter has values of its size. Throws `checkpoint`; `where` names the origin of the weights. */
export function checkWeights(parameters: readonly Parameter[], weights: Weights, where: string): void {
  for (const { label, shape, size } of parameters) {
    const values = weights.get(label);
    if (values?.length !== size)
      throw new UnblurError(
        "checkpoint",
        `${where}: expected "${label}" [${shape}], got ${values ? `${values.length} values` : "nothing"}; the weights belong to a network other than the config's`,
      );
  }
}

/** Values by placeholder, for `compile`. Throws as `checkWeights` does. */
export function bindWeights(parameters: readonly Parameter[], weights: Weights): Map<Placeholder, Float32Array> {
  checkWeights(parameters, weights, "weights");
  return new Map(parameters.map((parameter) => [parameter, weights.get(parameter.label)!]));
}

/**
 * @file Symbolic tensors. A tensor is a node of an immutable graph: an op, its inputs and a static shape. Building one
 * computes nothing; `compile` turns the nodes that the outputs need into an ONNX model.
 */
import { argumentError, shapeError } from "../base/errors.js";
import type { Attributes, Emitter } from "./emitter.js";

export type Shape = readonly number[];
export type DType = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/**
 * An op with its attributes bound: its ONNX form and its gradient, side by side. The graph is immutable, so a form is a
 * value. The functions in `ops/` create the ops.
 */
export interface OpForm {
  readonly name: string;
  /** Attributes for passes over the graph, in ONNX's terms. */
  readonly attributes?: Attributes;
  /** Writes the op as ONNX nodes and returns the name of its result. The emitter writes equal nodes once. */
  onnx(inputs: readonly string[], emit: Emitter): string;
  /**
   * Returns the gradients of the inputs from that of the output; `null` for an input without one (an index, a mask).
   * Absent if the op is not differentiable; `gradients` then throws an error with the op's name.
   */
  gradient?(upstream: Tensor, inputs: readonly Tensor[], output: Tensor): readonly (Tensor | null)[];
  /**
   * Form for models of any size. Needed if `onnx` writes numbers of one size or an operator specific to ONNX Runtime.
   */
  readonly anySize?: AnySizeForm;
}

/** The same result in standard ONNX. The integers that it writes may depend on the picture's size (`any-size/`). */
export interface AnySizeForm {
  /** Inputs of this form, if they differ from the op's own. */
  readonly inputs?: readonly Tensor[];
  onnx(inputs: readonly string[], emit: Emitter): string;
}

let created = 0;

/** A symbolic tensor: an op applied to tensors. `id` increases with creation, so inputs always have smaller ids. */
export class Tensor {
  readonly id = created++;
  constructor(
    readonly form: OpForm,
    readonly inputs: readonly Tensor[],
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, i) => length === b[i]);

/** Applies an op. The op's function in `ops/` has checked the inputs and computed the result's shape. */
export function apply(form: OpForm, inputs: readonly Tensor[], shape: Shape, dtype: DType = "float32"): Tensor {
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) throw shapeError(form.name, "lengths that are integers >= 0", shape);
  }
  return new Tensor(form, inputs, shape, dtype);
}

/** `x`, a composition built for its size, with another form for models of any size; otherwise identical to `x`. */
export const withAnySize = (x: Tensor, anySize: AnySizeForm & { readonly inputs: readonly Tensor[] }): Tensor =>
  apply({ name: "withAnySize", onnx: ([a]) => a!, gradient: (dy) => [dy], anySize }, [x], x.shape, x.dtype);

/** A value given at run time, or (for parameters) bound by `compile`. `label` is its name in the ONNX model. */
export class Placeholder extends Tensor {
  constructor(
    readonly label: string,
    shape: Shape,
    dtype: DType,
  ) {
    super(
      {
        name: `input "${label}"`,
        onnx: () => {
          throw argumentError(
            "compile",
            `"${label}" is used by the outputs, so it must be among the inputs or weights`,
            "neither",
          );
        },
      },
      [],
      shape,
      dtype,
    );
  }
}

/** A value given at run time. */
export const input = (label: string, shape: Shape, dtype: DType = "float32"): Placeholder =>
  new Placeholder(label, shape, dtype);

/**
 * Throws `shape` unless the shape fits the pattern, e.g. `checkShape("conv2d", x, ["N", 64, "H", "W"])`; -1 or a letter
 * fits any length.
 */
export function checkShape(where: string, tensor: Tensor, pattern: readonly (number | string)[]): void {
  const fits =
    tensor.shape.length === pattern.length &&
    pattern.every((length, i) => typeof length === "string" || length === -1 || length === tensor.shape[i]);
  if (!fits) throw shapeError(where, `[${pattern.join(", ")}]`, tensor.shape);
}

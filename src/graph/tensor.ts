/**
 * @file Symbolic tensors. A tensor is a node of an immutable graph: what made it, from what, and its static shape. Building one
 * computes nothing; `compile` turns what is reachable from the outputs into an ONNX model.
 */
import { argumentError, shapeError } from "../base/errors.js";
import type { Attributes, Emitter } from "./emitter.js";

export type Shape = readonly number[];
export type DType = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/**
 * What an op is, with its attributes already bound: its ONNX form and its gradient, side by side.
 * The graph is immutable, so a form is a value; ops are made by the functions in `ops/`.
 */
export interface OpForm {
  readonly name: string;
  /** What passes over the graph need to know of the op, in ONNX's words. */
  readonly attributes?: Attributes;
  /** Writes the op in ONNX and returns the name of its result. Equal calls are written once (the emitter sees to it). */
  onnx(inputs: readonly string[], emit: Emitter): string;
  /**
   * Gradients for the inputs given that of the output, `null` for an input that has none (an index, a mask).
   * Absent where the op is not differentiable; `gradients` then says so by name.
   */
  gradient?(upstream: Tensor, inputs: readonly Tensor[], output: Tensor): readonly (Tensor | null)[];
  /** For models of any size, where `onnx` writes what holds for one size or an operator of ONNX Runtime's own. */
  readonly anySize?: AnySizeForm;
}

/** The same result in standard ONNX. The integers it writes may follow the sizes of the picture: see `any-size/`. */
export interface AnySizeForm {
  /** What it is made from, where that is not the op's own inputs. */
  readonly inputs?: readonly Tensor[];
  onnx(inputs: readonly string[], emit: Emitter): string;
}

let created = 0;

/** A symbolic tensor: an op applied to tensors. `id` grows with creation, so inputs always have smaller ids. */
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

/** Applies an op; its function in `ops/` has checked the inputs and knows the result's shape. */
export function apply(form: OpForm, inputs: readonly Tensor[], shape: Shape, dtype: DType = "float32"): Tensor {
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) throw shapeError(form.name, "lengths that are integers >= 0", shape);
  }
  return new Tensor(form, inputs, shape, dtype);
}

/** `x`, a composition made for its size, with another form for models of any size: in all else `x` itself. */
export const withAnySize = (x: Tensor, anySize: AnySizeForm & { readonly inputs: readonly Tensor[] }): Tensor =>
  apply({ name: "withAnySize", onnx: ([a]) => a!, gradient: (dy) => [dy], anySize }, [x], x.shape, x.dtype);

/** A value given at run time, or (for parameters) bound when compiling. `name` is its name in the ONNX model. */
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

/** Throws unless the shape fits the pattern, e.g. `checkShape("conv2d", x, ["N", 64, "H", "W"])`; -1 or a letter fits any. */
export function checkShape(where: string, tensor: Tensor, pattern: readonly (number | string)[]): void {
  const fits =
    tensor.shape.length === pattern.length &&
    pattern.every((length, i) => typeof length === "string" || length === -1 || length === tensor.shape[i]);
  if (!fits) throw shapeError(where, `[${pattern.join(", ")}]`, tensor.shape);
}

/**
 * @file Trace of a graph of one size: every number is recorded apart, so that graphs of several sizes can be compared
 * number by number.
 */
import { type CompileOptions, lower } from "../compile.js";
import { type ConstantData, Emitter } from "../emitter.js";
import type { OnnxModel } from "../onnx.js";
import type { DType, Shape } from "../tensor.js";

export type Recorded =
  | { readonly kind: "ints"; readonly values: readonly number[] }
  | { readonly kind: "scalar"; readonly value: number }
  | { readonly kind: "table"; readonly dtype: DType; readonly shape: Shape; readonly data: ConstantData };

/** Emitter that shares no constants: two that are equal at one size may differ at another. */
class TraceEmitter extends Emitter {
  readonly recorded = new Map<string, Recorded>();

  override ints(values: readonly number[]): string {
    return this.#record({ kind: "ints", values });
  }

  override scalar(value: number): string {
    return this.#record({ kind: "scalar", value });
  }

  override constant(dtype: DType, shape: Shape, data: ConstantData): string {
    return this.#record({ kind: "table", dtype, shape, data });
  }

  #record(value: Recorded): string {
    const name = `const_${this.recorded.size}`;
    this.recorded.set(name, value);
    return name;
  }
}

export interface Trace extends Pick<OnnxModel, "nodes" | "inputs" | "outputs"> {
  readonly recorded: ReadonlyMap<string, Recorded>;
}

/** Traces the graph in its forms for any size, with the numbers of the size that it was built for. */
export function trace(options: CompileOptions): Trace {
  const emit = new TraceEmitter();
  const { nodes, inputs, outputs } = lower(options, { emit, formOf: ({ form }) => form.anySize ?? form });
  return { nodes, inputs, outputs, recorded: emit.recorded };
}

/**
 * @file A compiled graph on a device. The interface; `onnx-runtime.ts` implements it over onnxruntime's common API, and
 * `platform/` chooses which build of it runs.
 */
import { UnblurError } from "../base/errors.js";
import type { CompiledGraph } from "../graph/compile.js";
import type { ConstantData } from "../graph/emitter.js";
import type { DType, Shape } from "../graph/tensor.js";

/** Values outside the graph. `data` is read in place, and written in place where it is given as a result. */
export interface TensorValue {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: ConstantData;
}

export type Values = Readonly<Record<string, TensorValue>>;

/** A session owns native memory: release it (or declare it with `await using`), once, by whoever opened it. */
export interface Session extends AsyncDisposable {
  readonly graph: CompiledGraph;
  /**
   * Computes the results. Those named in `into` are written to the given arrays in place; the others are new. (onnxruntime-node
   * 1.30 also makes a copy of each for its own return value, which is dropped; its pull request 32346 is about ending that.)
   * An input of `feeds` must not be among them.
   */
  run(feeds: Values, into?: Values): Promise<Values>;
  release(): Promise<void>;
}

/** Where and how sessions run. */
export interface Runtime {
  /** e.g. "cpu, 2 threads": for run folders, reports and error messages. */
  readonly description: string;
  /** Whether products of 8 bit integers are right and faster than those of floats; no when left out. */
  readonly integers?: boolean;
  open(graph: CompiledGraph): Promise<Session>;
}

export const floats = (data: Float32Array, shape: Shape): TensorValue => ({ dtype: "float32", shape, data });

/** The float32 result of that name, or an error that lists what there is. */
export function floatResult(values: Values, name: string): Float32Array {
  const data = values[name]?.data;
  if (!(data instanceof Float32Array))
    throw new UnblurError(
      "argument",
      `Session.run: expected a float32 result "${name}", got ${Object.keys(values).join(", ") || "none"}`,
    );
  return data;
}

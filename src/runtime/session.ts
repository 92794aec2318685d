/**
 * @file The interface of a compiled graph on a device. `onnx-runtime.ts` implements it over onnxruntime's common API,
 * and `platform/` chooses the build of it.
 */
import { UnblurError } from "../base/errors.js";
import type { CompiledGraph } from "../graph/compile.js";
import type { ConstantData } from "../graph/emitter.js";
import type { DType, Shape } from "../graph/tensor.js";

/** Values outside the graph. `data` is read in place, and written in place if it is a result. */
export interface TensorValue {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: ConstantData;
}

export type Values = Readonly<Record<string, TensorValue>>;

/** A session owns native memory. Its opener must release it once, or declare it with `await using`. */
export interface Session extends AsyncDisposable {
  readonly graph: CompiledGraph;
  /**
   * Computes the results. Results named in `into` are written to the given arrays, the others are new arrays. An input
   * of `feeds` must not be among them. (onnxruntime-node 1.30 also copies each result for its return value, which is
   * dropped; its pull request 32346 would end that.)
   */
  run(feeds: Values, into?: Values): Promise<Values>;
  /** Number of runs that it computes at the same time (1). Further runs wait. */
  readonly lanes?: number;
  release(): Promise<void>;
}

export interface OpenOptions {
  /** Number of runs that the caller starts at the same time, at most (1). Each lane of a session needs its own memory. */
  readonly lanes?: number | undefined;
}

/** Opens sessions on one device. */
export interface Runtime {
  /** Description for run folders, reports and error messages, e.g. "cpu, 2 threads". */
  readonly description: string;
  /** True if 8-bit integer products are exact and faster than float ones. Default false. */
  readonly integers?: boolean;
  /** Runs of a session that it can compute at the same time, on other threads than the caller's. Default 1, on the caller's. */
  readonly lanes?: number;
  open(graph: CompiledGraph, options?: OpenOptions): Promise<Session>;
}

export const floats = (data: Float32Array, shape: Shape): TensorValue => ({ dtype: "float32", shape, data });

/** Returns the float32 result of that name. Throws an error that lists the results if there is none. */
export function floatResult(values: Values, name: string): Float32Array {
  const data = values[name]?.data;
  if (!(data instanceof Float32Array))
    throw new UnblurError(
      "argument",
      `Session.run: expected a float32 result "${name}", got ${Object.keys(values).join(", ") || "none"}`,
    );
  return data;
}

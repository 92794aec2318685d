/**
 * @file Collects ONNX nodes while a graph is compiled. Structurally equal nodes and constants are written once. This
 * removes common sub-expressions and lets several ops share one ONNX node with several results.
 */
import { type DType, type Shape, sizeOf } from "./tensor.js";

export type AttributeValue = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface OnnxNode {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export type ConstantData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

export interface OnnxConstant {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: ConstantData;
}

/** ONNX's type number of float32, for Cast. */
export const FLOAT = 1;

/** Text that is unique to a number: JSON and `join` write -0 as 0, and JSON writes infinities as null. */
const exactly = (value: number | bigint): string => (Object.is(value, -0) ? "-0" : String(value));

/** Domain of ONNX Runtime's contributed operators, e.g. FusedMatMul. */
export const MICROSOFT = "com.microsoft";

export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #nodesByKey = new Map<string, readonly string[]>();
  readonly #constantsByKey = new Map<string, string>();

  /** Writes a node and returns the name of its result. The input "" stands for an omitted optional input. */
  node(opType: string, inputs: readonly string[], attributes: Attributes = {}, domain = ""): string {
    return this.nodeWithOutputs(1, opType, inputs, attributes, domain)[0]!;
  }

  /** Writes a node with several results. */
  nodeWithOutputs(
    count: number,
    opType: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    domain = "",
  ): readonly string[] {
    const key = JSON.stringify([domain, opType, count, inputs, attributes], (_, value) =>
      typeof value === "number" ? exactly(value) : value,
    );
    const known = this.#nodesByKey.get(key);
    if (known) return known;
    const id = this.nodes.length;
    const outputs = Array.from({ length: count }, (_, i) => (count === 1 ? `${opType}_${id}` : `${opType}_${id}_${i}`));
    this.nodes.push({ opType, domain, inputs, outputs, attributes });
    this.#nodesByKey.set(key, outputs);
    return outputs;
  }

  /** An int64 vector, for shapes, axes and pads. */
  ints(values: readonly number[]): string {
    return this.#constant(`i${values.join()}`, "int64", [values.length], () => BigInt64Array.from(values, BigInt));
  }

  /** A float32 scalar of rank 0. */
  scalar(value: number): string {
    return this.#constant(`f${exactly(Math.fround(value))}`, "float32", [], () => Float32Array.of(value));
  }

  /** A constant tensor. Equal small constants are shared. */
  constant(dtype: DType, shape: Shape, data: ConstantData): string {
    const key =
      sizeOf(shape) <= 4096
        ? `${dtype}[${shape}]${Array.from<number | bigint, string>(data, exactly).join()}`
        : `#${this.constants.length}`;
    return this.#constant(key, dtype, shape, () => data);
  }

  #constant(key: string, dtype: DType, shape: Shape, data: () => ConstantData): string {
    let name = this.#constantsByKey.get(key);
    if (name === undefined) {
      name = `const_${this.constants.length}`;
      this.constants.push({ name, dtype, shape, data: data() });
      this.#constantsByKey.set(key, name);
    }
    return name;
  }
}

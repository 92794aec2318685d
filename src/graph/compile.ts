/** @file Compiles the reachable part of a graph to an ONNX model. */
import { argumentError, shapeError } from "../base/errors.js";
import { Emitter, type OnnxNode } from "./emitter.js";
import { bytesOf, encodeModel, type OnnxModel, type OnnxValue } from "./onnx.js";
import { type AnySizeForm, Placeholder, sizeOf, type Tensor } from "./tensor.js";

export interface CompileOptions {
  /** Values given at each run, named by their labels. Inputs that no output needs are left out of the model. */
  readonly inputs: readonly Placeholder[];
  /** Results by name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Constant values stored in the model; the runtime can preprocess them, which makes inference faster. */
  readonly weights?: ReadonlyMap<Placeholder, Float32Array>;
}

/** A model ready for a runtime. Plain data: it can be sent to a worker or written to a file. */
export interface CompiledGraph {
  /** An ONNX file that refers to `constants` by their names. */
  readonly model: Uint8Array;
  /**
   * Large constants, passed beside the model to avoid copying megabytes into a temporary file. Absent if `model` is
   * self-contained.
   */
  readonly constants?: readonly NamedBytes[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Smaller constants are stored in the model file; shapes and axes must be. */
const LARGE_BYTES = 4096;

/**
 * The tensors that the outputs need in topological order, inputs first. Iterative, because networks are deeper than the
 * call stack.
 */
export function inOrder(
  outputs: readonly Tensor[],
  inputsOf: (tensor: Tensor) => readonly Tensor[] = ({ inputs }) => inputs,
): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    stack.push(...inputsOf(tensor));
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Target of the compilation: an emitter, and the form to write for each op. */
export interface Writing {
  readonly emit: Emitter;
  formOf(tensor: Tensor): AnySizeForm;
}

/** The model as data, before encoding; tests and exporters read it. */
export function lower(
  { inputs, outputs, weights = new Map() }: CompileOptions,
  { emit, formOf }: Writing = { emit: new Emitter(), formOf: ({ form }) => form },
): OnnxModel {
  const inputsOf = (tensor: Tensor): readonly Tensor[] => formOf(tensor).inputs ?? tensor.inputs;
  const names = new Map<Tensor, string>();
  const used: OnnxValue[] = [];
  const given = new Set(inputs);
  const labels = new Set<string>();
  for (const tensor of inOrder(Object.values(outputs), inputsOf)) {
    if (tensor instanceof Placeholder && given.has(tensor)) {
      if (labels.has(tensor.label))
        throw argumentError("compile", "inputs must have different names", `"${tensor.label}" twice`);
      labels.add(tensor.label);
      used.push({ name: tensor.label, dtype: tensor.dtype, shape: tensor.shape });
      names.set(tensor, tensor.label);
    } else if (tensor instanceof Placeholder && weights.has(tensor)) {
      const data = weights.get(tensor)!;
      if (data.length !== sizeOf(tensor.shape))
        throw shapeError(
          `compile: weight "${tensor.label}"`,
          `${sizeOf(tensor.shape)} values for [${tensor.shape}]`,
          `${data.length}`,
        );
      names.set(tensor, emit.constant("float32", tensor.shape, data));
    } else {
      names.set(
        tensor,
        formOf(tensor).onnx(
          inputsOf(tensor).map((x) => names.get(x)!),
          emit,
        ),
      );
    }
  }
  const results = Object.entries(outputs).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const nodes = nameResults(
    emit.nodes,
    Object.entries(outputs).map(([name, tensor]) => [name, names.get(tensor)!]),
  );
  return { nodes, constants: emit.constants, inputs: used, outputs: results };
}

/**
 * Renames results to the caller's names, at the node that computes each value. An Identity node, which the runtime
 * executes as a copy, remains for a result that is an input and for the second name of a value.
 */
export function nameResults(
  nodes: readonly OnnxNode[],
  results: readonly (readonly [name: string, value: string])[],
): OnnxNode[] {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const renamed = new Map<string, string>();
  const copies: OnnxNode[] = [];
  const rename = (value: string): string => renamed.get(value) ?? value;
  for (const [name, value] of results) {
    if (made.has(value) && !renamed.has(value)) renamed.set(value, name);
    else copies.push({ opType: "Identity", domain: "", inputs: [value], outputs: [name], attributes: {} });
  }
  return [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
}

/**
 * Compiles the graph that leads to `outputs`. Each placeholder that it needs must be among `inputs` or `weights`, else
 * it throws
 * `argument`. Unneeded nodes are left out; equal nodes are computed once. `writing` selects another form of some ops.
 */
export function compile(options: CompileOptions, writing?: Writing): CompiledGraph {
  const model = lower(options, writing);
  const large = new Set(model.constants.filter(({ data }) => data.byteLength >= LARGE_BYTES));
  const constants = Array.from(large, (constant) => ({ name: constant.name, bytes: bytesOf(constant) }));
  return { model: encodeModel(model, large), constants, inputs: model.inputs, outputs: model.outputs };
}

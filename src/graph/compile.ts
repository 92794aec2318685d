/** @file From the reachable part of a graph to an ONNX model. */
import { argumentError, shapeError } from "../base/errors.js";
import { Emitter } from "./emitter.js";
import { encodeModel, type OnnxModel, type OnnxValue } from "./onnx.js";
import { Placeholder, sizeOf, type Tensor } from "./tensor.js";

export interface CompileOptions {
  /** Values given at each run; their labels are their names. Those the outputs do not need are left out of the model. */
  readonly inputs: readonly Placeholder[];
  /** Results, by the name they get. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Values fixed now and stored in the model, which lets the runtime prepare them (faster inference). */
  readonly weights?: ReadonlyMap<Placeholder, Float32Array>;
}

/** A model ready for a runtime: plain data, so it can be sent to a worker or written to a file. */
export interface CompiledGraph {
  readonly model: Uint8Array;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** The tensors that the outputs need, each after its inputs. Iterative: networks are deeper than the stack. */
export function inOrder(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    stack.push(...tensor.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The model as data, before encoding: what tests and exporters read. */
export function lower({ inputs, outputs, weights = new Map() }: CompileOptions): OnnxModel {
  const emit = new Emitter();
  const names = new Map<Tensor, string>();
  const used: OnnxValue[] = [];
  const given = new Set(inputs);
  const labels = new Set<string>();
  for (const tensor of inOrder(Object.values(outputs))) {
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
        tensor.form.onnx(
          tensor.inputs.map((x) => names.get(x)!),
          emit,
        ),
      );
    }
  }
  // A result has the caller's name; Identity also covers a result that is an input, or two names for one tensor.
  const results = Object.entries(outputs).map(([name, tensor]) => {
    emit.nodes.push({ opType: "Identity", domain: "", inputs: [names.get(tensor)!], outputs: [name], attributes: {} });
    return { name, dtype: tensor.dtype, shape: tensor.shape };
  });
  return { nodes: emit.nodes, constants: emit.constants, inputs: used, outputs: results };
}

/**
 * Compiles the graph that leads to `outputs`. Each placeholder it needs must be among `inputs` or `weights`.
 * Nodes that nothing needs are left out; equal nodes are computed once.
 */
export function compile(options: CompileOptions): CompiledGraph {
  const model = lower(options);
  return { model: encodeModel(model), inputs: model.inputs, outputs: model.outputs };
}

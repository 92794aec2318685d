/**
 * @file Runs a model given as data in float64, one node after the other: what ONNX Runtime and our gradients are
 * compared with.
 */
import type { OnnxModel } from "../../src/graph/onnx.js";
import type { NdArray } from "./array.js";
import { KERNELS } from "./onnx-kernels.js";

/**
 * The results by name. Throws for an operator that has no kernel, and for an attribute-dependent form that a kernel
 * does not know.
 */
export function interpret(
  model: OnnxModel,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Record<string, Float64Array> {
  const values = new Map<string, NdArray>();
  for (const { name, shape, data } of model.constants)
    values.set(name, { shape, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) });
  for (const { name, shape } of model.inputs) {
    const data = feeds[name];
    if (!data) throw new Error(`interpret: input "${name}" is missing`);
    values.set(name, { shape, data: Float64Array.from(data) });
  }
  for (const { opType, inputs, outputs, attributes } of model.nodes) {
    const kernel = KERNELS[opType];
    if (!kernel) throw new Error(`interpret: no kernel for ${opType}`);
    const results = [
      kernel(
        inputs.filter((name) => name !== "").map((name) => values.get(name)!),
        attributes,
      ),
    ].flat() as NdArray[];
    if (results.length < outputs.length)
      throw new Error(`interpret: ${opType} has ${results.length} results here, the graph asks for ${outputs.length}`);
    for (const [i, name] of outputs.entries()) values.set(name, results[i]!);
  }
  return Object.fromEntries(
    model.outputs.map(({ name, shape }) => {
      const value = values.get(name)!;
      if (value.shape.join() !== shape.join())
        throw new Error(`interpret: result "${name}" is [${value.shape}], the graph says [${shape}]`);
      return [name, value.data];
    }),
  );
}

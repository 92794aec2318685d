/**
 * @file A graph model of TensorFlow as a graph of ours, for one size of its input. All that depends on sizes alone is worked out here,
 * so that what is left are the network's own layers.
 */
import { UnblurError } from "../base/errors.js";
import type { GraphModel, TfNode } from "../checkpoints/tfjs/graph-model.js";
import { input, type Placeholder, type Shape, type Tensor } from "../graph/tensor.js";
import { ELEMENTWISE } from "./elementwise.js";
import { MOVEMENT } from "./movement.js";
import { NodeReader, type Operation } from "./operation.js";
import { PATTERNS } from "./patterns.js";
import { PRODUCTS } from "./products.js";
import { tensorOf, type Value } from "./value.js";

const OPERATIONS: Readonly<Record<string, Operation>> = { ...ELEMENTWISE, ...MOVEMENT, ...PRODUCTS };

export interface ConvertedGraph {
  readonly input: Placeholder;
  readonly output: Tensor;
}

/** The model's only result for its only input, of that shape. Throws `checkpoint` for what the model has and we have not. */
export function convertGraph({ nodes, inputs, outputs }: GraphModel, shape: Shape, where: string): ConvertedGraph {
  if (inputs.length !== 1 || outputs.length !== 1)
    throw new UnblurError(
      "checkpoint",
      `${where}: expected one input and one result, got ${inputs.length} and ${outputs.length}`,
    );
  const unknown = new Set(nodes.map(({ op }) => op).filter((op) => !known(op)));
  if (unknown.size > 0)
    throw new UnblurError(
      "checkpoint",
      `${where}: operations that are not known: ${[...unknown].join(", ")}; known are ${Object.keys(OPERATIONS).join(", ")}`,
    );
  const image = input("image", shape);
  const values = new Map<TfNode, Value>([[inputs[0]!, image]]);
  const given = (node: TfNode): Value => values.get(node)!;
  for (const node of nodes) if (!values.has(node)) values.set(node, converted(node, given, where));
  return { input: image, output: tensorOf(given(outputs[0]!)) };
}

const known = (op: string): boolean => op === "Const" || op === "Placeholder" || Object.hasOwn(OPERATIONS, op);

function converted(node: TfNode, given: (node: TfNode) => Value, where: string): Value {
  if (node.value) return node.value;
  const operation = OPERATIONS[node.op];
  if (!operation)
    throw new UnblurError("checkpoint", `${where}: "${node.name}" is an input that is not in the signature`);
  const reader = new NodeReader(node, given);
  for (const pattern of PATTERNS[node.op] ?? []) {
    const tensor = pattern(reader);
    if (tensor) return tensor;
  }
  return operation(reader, node.inputs.map(given));
}

/** @file A TensorFlow.js graph model as data: nodes in topological order, and their weights. */
import { UnblurError } from "../../base/errors.js";
import { type ModelJson, parseModelJson } from "./model-json.js";
import { readWeights, type TfArray } from "./weights.js";

export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly TfNode[];
  readonly attributes: ModelJson["modelTopology"]["node"][number]["attr"];
  /** Value of a Const node. */
  readonly value: TfArray | undefined;
}

export interface GraphModel {
  /** Nodes in topological order. */
  readonly nodes: readonly TfNode[];
  readonly inputs: readonly TfNode[];
  readonly outputs: readonly TfNode[];
}

/** `read` returns the bytes of a file in the model's folder. Throws `checkpoint` for an incomplete model. */
export async function readGraphModel(read: (file: string) => Promise<Uint8Array>, where: string): Promise<GraphModel> {
  const place = `${where}/model.json`;
  const json = parseModelJson(new TextDecoder().decode(await read("model.json")), place);
  const weights = new Map<string, TfArray>();
  for (const group of json.weightsManifest)
    for (const [name, array] of await readWeights(group, read, place)) weights.set(name, array);
  const nodes = linked(json, weights, place);
  const ends = (which: "inputs" | "outputs") =>
    Object.values(json.signature[which]).map(({ name }) => found(nodes, name, place, `the signature's ${which}`));
  return { nodes: [...nodes.values()], inputs: ends("inputs"), outputs: ends("outputs") };
}

/** "name" and "name:0" refer to a node's first result; every supported operation has only one. */
function found(nodes: ReadonlyMap<string, TfNode>, reference: string, place: string, user: string): TfNode {
  const node = nodes.get(reference.replace(/:0$/, ""));
  if (!node) throw new UnblurError("checkpoint", `${place}: ${user} needs "${reference}", but there is no such node`);
  return node;
}

function linked(json: ModelJson, weights: ReadonlyMap<string, TfArray>, place: string): Map<string, TfNode> {
  type Entry = ModelJson["modelTopology"]["node"][number];
  const entries = new Map<string, Entry>(json.modelTopology.node.map((entry) => [entry.name, entry]));
  if (entries.size !== json.modelTopology.node.length)
    throw new UnblurError("checkpoint", `${place}: two nodes have the same name`);
  const done = new Map<string, TfNode>();
  const opened = new Set<string>();
  const stack = [...entries.keys()].reverse();
  while (stack.length > 0) {
    const name = stack.pop()!;
    if (done.has(name)) continue;
    const entry = entries.get(name)!;
    // References that begin with "^" only order side effects, and there are none here.
    const references = entry.input.filter((reference) => !reference.startsWith("^"));
    const open = references.map((reference) => reference.replace(/:0$/, "")).filter((needed) => !done.has(needed));
    const missing = open.find((needed) => !entries.has(needed));
    if (missing !== undefined) found(done, missing, place, `"${name}"`);
    if (open.length > 0) {
      if (opened.has(name)) throw new UnblurError("checkpoint", `${place}: "${name}" depends on its own result`);
      opened.add(name);
      stack.push(name, ...open);
      continue;
    }
    const value = weights.get(name);
    if (entry.op === "Const" && !value)
      throw new UnblurError("checkpoint", `${place}: "${name}" is a constant without weights in the manifest`);
    const inputs = references.map((reference) => found(done, reference, place, `"${name}"`));
    done.set(name, { name, op: entry.op, inputs, attributes: entry.attr, value });
  }
  return done;
}

/**
 * @file The weights of a Flax module in a graph exported by jax2tf, whose node names still contain the module's paths.
 */
import type { CheckpointTensor } from "../content.js";
import type { TfNode } from "./graph-model.js";

/** Name of a layer's tensor, by the operation that takes it as its second input. */
const LEAVES: Readonly<Record<string, string>> = {
  Conv2D: "kernel",
  Conv2DBackpropInput: "kernel",
  Einsum: "kernel",
  AddV2: "bias",
  Mul: "scale",
};

/** Parts of node names that are not modules. */
const NOT_MODULES = /^(einsum|jit_fn_)$/;

/** Operations that pass a tensor on unchanged. */
const PASSES = new Set(["Reshape", "BroadcastTo", "Identity", "ExpandDims"]);

/**
 * Tensors of more than one element by path, e.g. `stage_0_input_conv_0/kernel`. `root` names the module; node names
 * contain it before the paths. Kernels of transposed convolutions have TensorFlow's layout.
 */
export function flaxTensors(nodes: readonly TfNode[], root: string): Map<string, CheckpointTensor> {
  const users = new Map<TfNode, { readonly node: TfNode; readonly position: number }[]>();
  for (const node of nodes)
    for (const [position, given] of node.inputs.entries()) {
      const list = users.get(given) ?? [];
      list.push({ node, position });
      users.set(given, list);
    }
  const found = new Map<string, CheckpointTensor>();
  for (const constant of nodes) {
    const { value } = constant;
    if (value?.dtype !== "float32" || value.data.length < 2) continue;
    const path = pathOf(constant, users, root);
    if (path) found.set(path, { shape: value.shape, dtype: value.dtype, values: value.data as Float32Array });
  }
  return found;
}

type Users = ReadonlyMap<TfNode, readonly { readonly node: TfNode; readonly position: number }[]>;

function pathOf(constant: TfNode, users: Users, root: string): string | undefined {
  for (const { node, position } of users.get(constant) ?? []) {
    if (PASSES.has(node.op) && position === 0) {
      const path = pathOf(node, users, root);
      if (path) return path;
      continue;
    }
    const leaf = LEAVES[node.op];
    const [, within] = node.name.split(`/${root}/`);
    if (!leaf || !within) continue;
    const modules = within
      .split("/")
      .slice(0, -1)
      .filter((part) => !NOT_MODULES.test(part));
    if (modules.length > 0) return [...modules, leaf].join("/");
  }
  return undefined;
}

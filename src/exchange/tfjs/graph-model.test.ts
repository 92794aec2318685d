import { describe, expect, test } from "vitest";
import { readGraphModel } from "./graph-model.js";

/** y = x + w, with w over two files, and an order of nodes that is not that of computing. */
function addition() {
  return {
    format: "graph-model",
    signature: { inputs: { x: { name: "x:0" } }, outputs: { y: { name: "y:0" } } },
    modelTopology: {
      node: [
        { name: "y", op: "AddV2", input: ["x", "w:0", "^x"], attr: { T: { type: "DT_FLOAT" } } },
        { name: "x", op: "Placeholder" },
        { name: "w", op: "Const", attr: { strides: { list: { i: ["1", "2"] } } } },
      ],
    },
    weightsManifest: [
      {
        paths: ["one.bin", "two.bin"],
        weights: [
          { name: "w", shape: [2], dtype: "float32" },
          { name: "q8", shape: [2], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
          { name: "q16", shape: [1], dtype: "float32", quantization: { dtype: "float16" } },
          { name: "i", shape: [1], dtype: "int32" },
          { name: "b", shape: [2], dtype: "bool" },
        ],
      },
    ],
  };
}
type Model = ReturnType<typeof addition>;

const bytes = Uint8Array.of(
  ...new Uint8Array(Float32Array.of(1.5, -2).buffer), // w
  ...[0, 255], // q8: -1, 126.5
  ...[0x00, 0xc0], // q16: -2
  ...[0xff, 0xff, 0xff, 0xff], // i: -1
  ...[1, 0], // b
);

const read = (model: Model, shards: Uint8Array = bytes) =>
  readGraphModel(async (file) => {
    if (file === "model.json") return new TextEncoder().encode(JSON.stringify(model));
    return file === "one.bin" ? shards.subarray(0, 5) : shards.subarray(5); // cut inside a number
  }, "folder");

describe("a TensorFlow.js graph model", () => {
  test("has its nodes after what they need, and its weights over several files", async () => {
    const { nodes, inputs, outputs } = await read(addition());
    expect(nodes.map(({ name }) => name)).toEqual(["w", "x", "y"]);
    expect(inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(outputs[0]!.inputs.map(({ name }) => name)).toEqual(["x", "w"]);
    expect(nodes[0]!.attributes.strides!.list!.i).toEqual([1, 2]);
    expect(nodes[0]!.value).toEqual({ dtype: "float32", shape: [2], data: Float32Array.of(1.5, -2) });
  });

  test("may store numbers in fewer bits", async () => {
    const model = addition();
    const names = ["q8", "q16", "i", "b"];
    model.modelTopology.node.push(...names.map((name) => ({ name, op: "Const" })));
    const { nodes } = await read(model);
    const values = names.map((name) => nodes.find((node) => node.name === name)!.value!.data);
    expect(values).toEqual([Float32Array.of(-1, 126.5), Float32Array.of(-2), Int32Array.of(-1), Uint8Array.of(1, 0)]);
  });

  test.each<[string, (model: Model) => void, RegExp]>([
    ["of layers", (m) => (m.format = "layers-model"), /format/],
    ["with a shard elsewhere", (m) => (m.weightsManifest[0]!.paths = ["../one.bin"]), /paths\.0.*beside model\.json/],
    ["that names what is not there", (m) => (m.modelTopology.node[0]!.input = ["z"]), /"y" needs "z"/],
    ["with a second result", (m) => (m.modelTopology.node[0]!.input = ["x:1"]), /"y" needs "x:1"/],
    ["in a circle", (m) => (m.modelTopology.node[1]!.input = ["y"]), /depends on its own result/],
    ["with a name twice", (m) => (m.modelTopology.node[1]!.name = "y"), /same name/],
    ["with a weight twice", (m) => (m.weightsManifest[0]!.weights[1]!.name = "w"), /two weights have the name "w"/],
    [
      "with a constant without weights",
      (m) => (m.weightsManifest[0]!.weights[0]!.name = "v"),
      /"w" is a constant without/,
    ],
    [
      "with larger weights than files",
      (m) => (m.weightsManifest[0]!.weights[0]!.shape = [9]),
      /"w" \[9\] should end at byte 36 .* have 18 bytes/,
    ],
    [
      "with larger files than weights",
      (m) => m.weightsManifest[0]!.weights.pop(),
      /have 18 bytes, but the weights have 16/,
    ],
    ["with text as weights", (m) => (m.weightsManifest[0]!.weights[0]!.dtype = "string"), /weights\.0\.dtype/],
  ])("%s is refused", async (_, change, message) => {
    const model = addition();
    change(model);
    await expect(read(model)).rejects.toThrow(message);
    await expect(read(model)).rejects.toMatchObject({ code: "checkpoint" });
  });
});

/** @file Weights of a Keras model: names, layouts, and the order of channels before a pixel shuffle. */
import { expect, test } from "vitest";
import { readLayersModel, weightsFromKeras } from "./layers-model.js";

const model = (weights: readonly object[], format = "layers-model") => ({
  ...{ format, generatedBy: "keras", modelTopology: { anything: true } },
  weightsManifest: [{ paths: ["one.bin"], weights }],
});
const read = (json: object, floats: readonly number[]) =>
  readLayersModel(
    async (file) =>
      file === "model.json"
        ? new TextEncoder().encode(JSON.stringify(json))
        : new Uint8Array(Float32Array.from(floats).buffer),
    "folder",
  );
const parameter = (label: string, shape: readonly number[]) =>
  ({ label, shape }) as unknown as Parameters<typeof weightsFromKeras>[0][number];

test("a kernel [height, width, in, out] becomes [out, in, height, width]; a bias stays", async () => {
  const shape = [1, 2, 2, 3];
  const values = Array.from({ length: 12 }, (_, i) => i);
  const tensors = await read(
    model([
      { name: "F/kernel", shape, dtype: "float32" },
      { name: "F/bias", shape: [3], dtype: "float32" },
    ]),
    [...values, 7, 8, 9],
  );
  const weights = weightsFromKeras([parameter("F.weight", [3, 2, 1, 2]), parameter("F.bias", [3])], tensors, null);
  // In the file, value = 6 x + 3 in + out.
  const expected = [0, 1, 2].flatMap((out) => [0, 1].flatMap((inside) => [0, 1].map((x) => 6 * x + 3 * inside + out)));
  expect([...weights.get("F.weight")!]).toEqual(expected);
  expect([...weights.get("F.bias")!]).toEqual([7, 8, 9]);
});

test("channels before a pixel shuffle get PyTorch's order: pixel (y, x) of a colour is where depth_to_space puts it", async () => {
  const bias = Array.from({ length: 12 }, (_, i) => i);
  const tensors = await read(model([{ name: "S/bias", shape: [12], dtype: "float32" }]), bias);
  const [found] = weightsFromKeras([parameter("S.bias", [12])], tensors, "S").values();
  for (let colour = 0; colour < 3; colour++)
    for (let y = 0; y < 2; y++)
      for (let x = 0; x < 2; x++) {
        const tensorflow = (2 * y + x) * 3 + colour; // depth_to_space: the colour changes fastest
        const pytorch = colour * 4 + 2 * y + x; // PixelShuffle: the position changes fastest
        expect(found![pytorch]).toBe(bias[tensorflow]);
      }
});

test("another format, other numbers and missing tensors are refused", async () => {
  const one = [{ name: "F/bias", shape: [1], dtype: "float32" }];
  await expect(read(model(one, "graph-model"), [1])).rejects.toThrow(
    /expected a TensorFlow.js layers model; at format/,
  );
  await expect(read(model([{ ...one[0], dtype: "int32" }]), [1])).rejects.toThrow(
    /"F\/bias": expected float32, got int32/,
  );
  await expect(read(model(one), [1, 2])).rejects.toThrow(/have 8 bytes, but the weights have 4/);
  const tensors = await read(model(one), [1]);
  expect(() => weightsFromKeras([parameter("G.bias", [1])], tensors, null)).toThrow(
    /G\/bias: expected \[1\], got nothing/,
  );
  expect(() => weightsFromKeras([parameter("F.bias", [2])], tensors, null)).toThrow(
    /F\/bias: expected \[2\], got \[1\]/,
  );
});

/** @file The weights of a TensorFlow.js layers model, which Keras wrote. */
import { UnblurError } from "../../base/errors.js";
import type { Parameter } from "../../nn/parameters.js";
import type { CheckpointTensor } from "../content.js";
import { weightsFromFlax } from "../flax.js";
import { parseLayersJson } from "./model-json.js";
import { readWeights } from "./weights.js";

/**
 * Reads the weights by name, such as "F_1_1/kernel" [height, width, in, out] and "F_1_1/bias". `read` returns the bytes
 * of a file in the model's folder. Throws `checkpoint` for an incomplete model.
 */
export async function readLayersModel(
  read: (file: string) => Promise<Uint8Array>,
  where: string,
): Promise<Map<string, CheckpointTensor>> {
  const place = `${where}/model.json`;
  const json = parseLayersJson(new TextDecoder().decode(await read("model.json")), place);
  const tensors = new Map<string, CheckpointTensor>();
  for (const group of json.weightsManifest)
    for (const [name, { dtype, shape, data }] of await readWeights(group, read, place)) {
      if (dtype !== "float32")
        throw new UnblurError("checkpoint", `${place}: "${name}": expected float32, got ${dtype}`);
      tensors.set(name, { shape, dtype, values: data });
    }
  return tensors;
}

/**
 * Weights of `parameters` from a layers model's. Keras' names and layouts are Flax'. `shuffled`: the convolution before
 * a pixel shuffle, whose channels TensorFlow orders otherwise. Throws `checkpoint` for a missing tensor or another
 * shape.
 */
export function weightsFromKeras(
  parameters: readonly Parameter[],
  tensors: ReadonlyMap<string, CheckpointTensor>,
  shuffled: string | null,
): Map<string, Float32Array> {
  const weights = weightsFromFlax(parameters, (path) => tensors.get(path), "tensorflow");
  for (const { label, shape } of parameters)
    if (label === `${shuffled}.weight` || label === `${shuffled}.bias`)
      weights.set(label, colourMajor(weights.get(label)!, shape[0]!));
  return weights;
}

/** Output channels [pixel, colour], as TensorFlow's depth_to_space takes them, to [colour, pixel], as PyTorch's does. */
function colourMajor(values: Float32Array, channels: number): Float32Array {
  const [each, pixels] = [values.length / channels, channels / 3];
  const out = new Float32Array(values.length);
  for (let colour = 0; colour < 3; colour++)
    for (let pixel = 0; pixel < pixels; pixel++) {
      const from = (pixel * 3 + colour) * each;
      out.set(values.subarray(from, from + each), (colour * pixels + pixel) * each);
    }
  return out;
}

/** @file Weights of a TensorFlow.js model: the concatenated files of a group, divided in the order of the manifest. */
import { UnblurError } from "../../base/errors.js";
import { joinedBytes } from "../../base/joined-bytes.js";
import { floatFromHalf } from "../half.js";
import type { WeightEntry, WeightGroup } from "./model-json.js";

/** Row-major values of a constant. Booleans are 0 or 1. */
export type TfArray =
  | { readonly dtype: "float32"; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: "int32"; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: "bool"; readonly shape: readonly number[]; readonly data: Uint8Array };

const WIDTH = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

/** Reads one group; `read` returns the bytes of a file. */
export async function readWeights(
  { paths, weights }: WeightGroup,
  read: (file: string) => Promise<Uint8Array>,
  where: string,
): Promise<ReadonlyMap<string, TfArray>> {
  const parts = [];
  for (const path of paths) parts.push(await read(path));
  const bytes = joinedBytes(parts);
  const arrays = new Map<string, TfArray>();
  let at = 0;
  for (const entry of weights) {
    const size = entry.shape.reduce((product, length) => product * length, 1);
    const width = WIDTH[entry.quantization?.dtype ?? entry.dtype];
    const end = at + size * width;
    if (end > bytes.length)
      throw new UnblurError(
        "checkpoint",
        `${where}: "${entry.name}" [${entry.shape}] should end at byte ${end} of ${paths.join(", ")}, which have ${bytes.length} bytes; copy the files again`,
      );
    if (arrays.has(entry.name))
      throw new UnblurError("checkpoint", `${where}: two weights have the name "${entry.name}"`);
    arrays.set(entry.name, decode(entry, bytes.slice(at, end), where));
    at = end;
  }
  if (at !== bytes.length)
    throw new UnblurError(
      "checkpoint",
      `${where}: ${paths.join(", ")} have ${bytes.length} bytes, but the weights have ${at}`,
    );
  return arrays;
}

/** `bytes` must be a copy, so that it is aligned. Files are little-endian, as are all supported machines. */
function decode({ name, dtype, shape, quantization }: WeightEntry, { buffer }: Uint8Array, where: string): TfArray {
  if (!quantization) {
    if (dtype === "float32") return { dtype, shape, data: new Float32Array(buffer) };
    if (dtype === "int32") return { dtype, shape, data: new Int32Array(buffer) };
    return { dtype, shape, data: new Uint8Array(buffer) };
  }
  const { scale = 1, min = 0 } = quantization;
  if (dtype !== "float32")
    throw new UnblurError("checkpoint", `${where}: "${name}": expected float32 where quantized, got ${dtype}`);
  if (quantization.dtype === "float16") return { dtype, shape, data: floatFromHalf(new Uint16Array(buffer)) };
  const levels = quantization.dtype === "uint8" ? new Uint8Array(buffer) : new Uint16Array(buffer);
  return { dtype, shape, data: Float32Array.from(levels, (level) => level * scale + min) };
}

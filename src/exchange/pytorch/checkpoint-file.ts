/** @file A file of `torch.save` in either format: the saved object, and the values of its tensors. */
import { UnblurError } from "../../base/errors.js";
import { DTYPES, type TorchArray } from "./dtypes.js";
import { readLegacy } from "./legacy-file.js";
import { damaged } from "./refusal.js";
import type { CheckpointSource } from "./source.js";
import type { PickleValue, TorchStorage, TorchTensor } from "./values.js";
import { readZip, type TorchContent } from "./zip-file.js";

export interface TorchFile {
  readonly format: "zip" | "legacy";
  /** The saved object. */
  readonly root: PickleValue;
  /** Values of tensors of this file, row-major, in the given order. Reads only the storages they use, one at a time. */
  load(tensors: ReadonlyMap<string, TorchTensor>): Promise<Map<string, TorchArray>>;
}

const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

/**
 * Reads the saved object without its tensors' values, which `load` reads. `where` names the file. Throws `checkpoint`.
 */
export async function openTorchFile(source: CheckpointSource, where: string): Promise<TorchFile> {
  const start = await source.read(0, 4);
  const zip = startsWith(start, 0x50, 0x4b, 0x03, 0x04);
  if (!zip && !startsWith(start, 0x80))
    throw new UnblurError(
      "checkpoint",
      `${where}: expected a file that torch.save wrote (.pth, .pt, .pkl), got something else`,
    );
  const { root, readStorage } = await (zip ? readZip : readLegacy)(source, where);
  return {
    format: zip ? "zip" : "legacy",
    root,
    load: (tensors) => load(tensors, readStorage, source.size, where),
  };
}

async function load(
  tensors: ReadonlyMap<string, TorchTensor>,
  readStorage: TorchContent["readStorage"],
  fileBytes: number,
  where: string,
): Promise<Map<string, TorchArray>> {
  // Each number takes at least a byte of the file, unless tensors share storage. A little sharing is usual, unlimited
  // is not.
  const total = [...tensors.values()].reduce((sum, { size }) => sum + size, 0);
  if (total > fileBytes) throw damaged(where, `its tensors hold ${total} numbers, the file ${fileBytes} bytes`);
  const byStorage = new Map<TorchStorage, [string, TorchTensor][]>();
  for (const [name, tensor] of tensors) {
    const views = byStorage.get(tensor.storage) ?? [];
    byStorage.set(tensor.storage, views);
    views.push([name, tensor]);
  }
  const loaded = new Map<string, TorchArray>();
  for (const [storage, views] of byStorage) {
    const numbers = DTYPES[storage.dtype].values(await readStorage(storage));
    for (const [name, tensor] of views) loaded.set(name, gather(numbers, tensor));
  }
  return new Map([...tensors.keys()].map((name) => [name, loaded.get(name)!]));
}

/** The tensor's values in row-major order, in a new array unless they are the whole storage. */
function gather(numbers: TorchArray, { offset, shape, strides, size }: TorchTensor): TorchArray {
  if (isContiguous(shape, strides)) return size === numbers.length ? numbers : numbers.slice(offset, offset + size);
  const out = numbers.slice(0, size);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let i = 0; i < size; i++) {
    out[i] = numbers[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Converts to float32; integers are exact up to 2^24. */
export const toFloat32 = (values: TorchArray): Float32Array =>
  values instanceof Float32Array
    ? values
    : values instanceof BigInt64Array
      ? Float32Array.from(values, Number)
      : Float32Array.from(values);

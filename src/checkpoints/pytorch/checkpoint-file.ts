/** @file A file of `torch.save`, of either format: what was saved, and the numbers of the tensors in it. */
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
  /** Numbers of tensors of this file in their order, row by row. Only the storages they lie in are read, one at a time. */
  load(tensors: ReadonlyMap<string, TorchTensor>): Promise<Map<string, TorchArray>>;
}

const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

/** Reads what was saved; numbers are read by `load`. `where` names the file in errors. Throws `checkpoint`. */
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
  // Every number takes a byte or more of the file, unless tensors share them: a little of that is usual, no end of it is not.
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

/** The tensor's numbers in row-major order, as an array of their own unless they are the whole storage. */
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

/** As weights are computed with. Integers are exact up to 2^24. */
export const toFloat32 = (values: TorchArray): Float32Array =>
  values instanceof Float32Array
    ? values
    : values instanceof BigInt64Array
      ? Float32Array.from(values, Number)
      : Float32Array.from(values);

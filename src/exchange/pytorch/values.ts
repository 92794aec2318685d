/** @file Values that a pickle may hold here: plain data, tensors, and names from the allow-list. */
import type { TorchDType } from "./dtypes.js";

/** A class or function of the allow-list that the pickle names. */
export class Global {
  constructor(
    readonly name: string,
    /** Result of calling it; absent if it may only be named. */
    readonly call?: (values: readonly PickleValue[]) => PickleValue,
  ) {}
}

/** A range of numbers in the file; several tensors may be views of it. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: TorchDType,
    /** Number of values. */
    readonly count: number,
  ) {}
}

/** A view of a storage. Offset, shape and strides count values and have been checked to be inside the storage. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}

  get dtype(): TorchDType {
    return this.storage.dtype;
  }

  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }
}

export type PickleMap = Map<PickleValue, PickleValue>;
/** Lists and tuples are arrays, dictionaries of all kinds are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleMap
  | Set<PickleValue>
  | Global
  | TorchStorage
  | TorchTensor;

/** Names a value in a message: plain data as it is, everything else by its kind, because it may be deep or huge. */
export function describeValue(value: PickleValue): string {
  if (typeof value === "string" || value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a dictionary";
  if (value instanceof Set) return "a set";
  if (value instanceof Uint8Array) return "bytes";
  return value instanceof Global ? value.name : "a tensor";
}

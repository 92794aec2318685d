/** @file What a pickle may hold here: plain data, tensors, and names from the allow-list. */
import type { TorchDType } from "./dtypes.js";

/** A class or function that the pickle names and the allow-list knows. */
export class Global {
  constructor(
    readonly name: string,
    /** What calling it gives; absent where it may only be named. */
    readonly call?: (values: readonly PickleValue[]) => PickleValue,
  ) {}
}

/** A run of numbers somewhere in the file; several tensors may be views of one. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: TorchDType,
    /** How many numbers it holds. */
    readonly count: number,
  ) {}
}

/** A view of a storage. Its offset, shape and strides are in numbers, and have been found to lie inside the storage. */
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
/** Lists and tuples are arrays, dictionaries of every kind maps. */
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

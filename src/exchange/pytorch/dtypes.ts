/** @file PyTorch's number types: their size, and their values from little-endian bytes. */
import { floatFromHalf } from "../half.js";

export type TorchArray = Float32Array | Float64Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

interface DTypeEntry {
  readonly bytes: number;
  /** Values of a storage. Half precision is converted to float32, which is exact. */
  readonly values: (buffer: ArrayBuffer) => TorchArray;
}

/** bfloat16 is the upper half of a float32. */
const floatFromBfloat16 = (words: Uint16Array): Float32Array =>
  new Float32Array(Uint32Array.from(words, (word) => word << 16).buffer);

export const DTYPES = {
  float32: { bytes: 4, values: (buffer) => new Float32Array(buffer) },
  float64: { bytes: 8, values: (buffer) => new Float64Array(buffer) },
  float16: { bytes: 2, values: (buffer) => floatFromHalf(new Uint16Array(buffer)) },
  bfloat16: { bytes: 2, values: (buffer) => floatFromBfloat16(new Uint16Array(buffer)) },
  int64: { bytes: 8, values: (buffer) => new BigInt64Array(buffer) },
  int32: { bytes: 4, values: (buffer) => new Int32Array(buffer) },
  int16: { bytes: 2, values: (buffer) => new Int16Array(buffer) },
  int8: { bytes: 1, values: (buffer) => new Int8Array(buffer) },
  uint8: { bytes: 1, values: (buffer) => new Uint8Array(buffer) },
  /** 0 or 1. */
  bool: { bytes: 1, values: (buffer) => new Uint8Array(buffer) },
} as const satisfies Readonly<Record<string, DTypeEntry>>;

export type TorchDType = keyof typeof DTYPES;

/** Class names of typed storages in files, without `torch.` or `torch.cuda.`. */
export const STORAGE_CLASSES: Readonly<Record<string, TorchDType>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/**
 * @file The safetensors format (Hugging Face, version 0.x of its specification): an 8-byte little-endian header length,
 * a JSON header padded with spaces, then raw little-endian values. Supports only the number types of weights.
 */
import { UnblurError } from "../base/errors.js";
import { joinedBytes } from "../base/joined-bytes.js";
import { floatFromHalf, halfFromFloat } from "./half.js";

export type StoredDType = "F32" | "F16" | "F64" | "I64" | "I32" | "I8" | "U8";
export type StoredData = Float32Array | Float64Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** F16 is converted to float32 when read and back when written: half precision is for storage, not for computing. */
export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly data: StoredData;
}

export interface StoredTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const BYTES = { F32: 4, F16: 2, F64: 8, I64: 8, I32: 4, I8: 1, U8: 1 } as const satisfies Record<StoredDType, number>;
const READ = {
  F32: (bytes) => new Float32Array(copyOf(bytes)),
  F16: (bytes) => floatFromHalf(halvesOf(bytes)),
  F64: (bytes) => new Float64Array(copyOf(bytes)),
  I64: (bytes) => new BigInt64Array(copyOf(bytes)),
  I32: (bytes) => new Int32Array(copyOf(bytes)),
  I8: (bytes) => new Int8Array(copyOf(bytes)),
  U8: (bytes) => new Uint8Array(copyOf(bytes)),
} as const satisfies Record<StoredDType, (bytes: Uint8Array) => StoredData>;

interface Entry {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const areCounts = (x: unknown): x is readonly number[] =>
  Array.isArray(x) && x.every((value) => Number.isSafeInteger(value) && value >= 0);

/** Returns whether a header's entry has the right form; its type and range are checked later. */
function isEntry(x: unknown): x is Entry {
  if (typeof x !== "object" || x === null) return false;
  const { dtype, shape, data_offsets: offsets } = x as Record<string, unknown>;
  return typeof dtype === "string" && areCounts(shape) && areCounts(offsets) && offsets.length === 2;
}

const damaged = (where: string, what: string): UnblurError =>
  new UnblurError(
    "checkpoint",
    `${where}: not a readable safetensors file: ${what}; copy it again or use another checkpoint`,
  );

/** An aligned copy. Not `bytes.slice`, which returns a view for a Node Buffer. */
const copyOf = ({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer =>
  (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);

/** Bytes for immediate reading: a view if its alignment permits. */
const halvesOf = (bytes: Uint8Array): Uint16Array =>
  bytes.byteOffset % 2 === 0
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
    : new Uint16Array(copyOf(bytes));

/** Length of the header that begins after 8 bytes. `start`: at least those. `bytes`: length of the whole file. */
export function safetensorsHeaderLength(start: Uint8Array, bytes: number, where: string): number {
  if (start.byteLength < 8) throw damaged(where, `${bytes} bytes are too few`);
  const length = Number(new DataView(start.buffer, start.byteOffset, start.byteLength).getBigUint64(0, true));
  if (length > bytes - 8) throw damaged(where, `the header should have ${length} bytes but the file has ${bytes}`);
  return length;
}

/** A parsed header: the type, shape and place in the body of each tensor. */
export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Parses a header without the values. `bodyBytes`: length of the file after the header, against which every offset is
 * checked.
 */
export function parseSafetensorsHeader(json: Uint8Array, bodyBytes: number, where: string): SafetensorsHeader {
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (cause) {
    throw damaged(where, `the header is not JSON (${String(cause)})`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw damaged(where, "the header is not a JSON object");
  const { __metadata__: metadata = {}, ...entries } = header;
  const found = new Map<string, Entry>();
  let left = bodyBytes; // without gaps and overlaps, so a small file cannot become many large tensors
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw damaged(where, `"${name}" is described as ${JSON.stringify(entry)}`);
    const { dtype, shape, data_offsets } = entry;
    if (!Object.hasOwn(BYTES, dtype))
      throw damaged(where, `"${name}" has the type ${dtype}; supported are ${Object.keys(BYTES).join(", ")}`);
    const [start, end] = data_offsets;
    const length = shape.reduce((a, b) => a * b, 1) * BYTES[dtype];
    if (end - start !== length || start < 0 || end > bodyBytes) {
      throw damaged(where, `"${name}" ${dtype} [${shape}] should lie at ${start} to ${end} of ${bodyBytes} bytes`);
    }
    left -= length;
    if (left < 0)
      throw damaged(where, `its tensors overlap: with "${name}" they need more than its ${bodyBytes} bytes`);
    found.set(name, entry);
  }
  return { entries: found, metadata: metadata as Record<string, string> };
}

/** Parses a file's bytes. `where` names the file in errors. Every offset is checked against the bytes present. */
export function parseSafetensors(bytes: Uint8Array, where = "safetensors"): StoredTensors {
  const bodyAt = 8 + safetensorsHeaderLength(bytes, bytes.byteLength, where);
  const body = bytes.subarray(bodyAt);
  const { entries, metadata } = parseSafetensorsHeader(bytes.subarray(8, bodyAt), body.byteLength, where);
  const read = ([name, { dtype, shape, data_offsets }]: [string, Entry]): [string, StoredTensor] => [
    name,
    { dtype, shape, data: READ[dtype](body.subarray(...data_offsets)) },
  ];
  return { tensors: new Map([...entries].map(read)), metadata };
}

function stored({ dtype, data }: StoredTensor): Uint8Array {
  const values = dtype === "F16" ? halfFromFloat(data as Float32Array) : data;
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

/**
 * The bytes of a file in parts, to be written in order: the header, padded to 8 bytes so that values are aligned, then
 * the tensors in the map's order. Parts are views of the tensors' memory where possible, without copies.
 */
export function safetensorsParts({ tensors, metadata }: StoredTensors): readonly Uint8Array[] {
  let offset = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const parts: Uint8Array[] = [];
  for (const [name, tensor] of tensors) {
    const part = stored(tensor);
    header[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, offset + part.byteLength] };
    parts.push(part);
    offset += part.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(json, 8);
  return [head, ...parts];
}

/** The bytes of a file. */
export const encodeSafetensors = (content: StoredTensors): Uint8Array => joinedBytes(safetensorsParts(content));

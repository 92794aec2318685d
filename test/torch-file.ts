/** @file Files like those of torch.save, right and wrong ones, put together opcode by opcode. */
import { writeFile } from "node:fs/promises";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { Rng } from "../src/base/random.js";
import { createNetwork, networkConfigSchema } from "../src/networks/catalog.js";
import { initialWeights, type Parameter } from "../src/nn/parameters.js";

const ascii = (text: string): number[] => [...Buffer.from(text, "latin1")];
const uint32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
export const uint64 = (value: number): number[] => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];

/** Opcodes as pickletools names them. */
export const op = {
  proto: (version: number) => [0x80, version],
  stop: [0x2e],
  mark: [0x28],
  none: [0x4e],
  text: (value: string) => [0x58, ...uint32(Buffer.byteLength(value)), ...Buffer.from(value)],
  int: (value: number) => [0x4a, ...new Uint8Array(Int32Array.of(value).buffer)],
  long: (bytes: readonly number[]) => [0x8a, bytes.length, ...bytes],
  global: (name: string) => [0x63, ...ascii(`${name.slice(0, name.lastIndexOf("."))}\n${name.split(".").at(-1)}\n`)],
  stackGlobal: [0x93],
  tuple: [0x74],
  emptyTuple: [0x29],
  emptyList: [0x5d],
  append: [0x61],
  emptyDict: [0x7d],
  setItem: [0x73],
  setItems: [0x75],
  reduce: [0x52],
  newObject: [0x81],
  build: [0x62],
  persistent: [0x51],
  put: (index: number) => [0x72, ...uint32(index)],
  get: (index: number) => [0x6a, ...uint32(index)],
} as const;

export const pickle = (...parts: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from([op.proto(2), ...parts, op.stop].flat());

export interface TensorFacts {
  readonly key?: string;
  readonly type?: string;
  /** Numbers in its storage. */
  readonly count?: number;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** A tensor: what `torch._utils._rebuild_tensor_v2` is called with. */
export const tensor = ({
  key = "0",
  type = "torch.FloatStorage",
  count = 4,
  offset = 0,
  shape = [2, 2],
  strides = [2, 1],
}: TensorFacts = {}): number[] => [
  ...op.global("torch._utils._rebuild_tensor_v2"),
  ...op.mark,
  ...[op.mark, op.text("storage"), op.global(type), op.text(key), op.text("cpu"), op.int(count), op.tuple].flat(),
  ...op.persistent,
  ...op.int(offset),
  ...[op.mark, ...shape.map(op.int), op.tuple].flat(),
  ...[op.mark, ...strides.map(op.int), op.tuple].flat(),
  ...[...op.none, ...op.emptyDict],
  ...op.tuple,
  ...op.reduce,
];

export const dictionary = (items: Readonly<Record<string, readonly number[]>>): number[] => [
  ...op.emptyDict,
  ...Object.entries(items).flatMap(([key, value]) => [...op.text(key), ...value, ...op.setItem]),
];

/** An archive of these files, stored as they are unless `level` says to compress. */
export async function zipOf(files: Readonly<Record<string, Uint8Array>>, level = 0): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level, useWebWorkers: false });
  for (const [name, bytes] of Object.entries(files)) await zip.add(name, new Uint8ArrayReader(bytes));
  return zip.close();
}

export const torchZip = (data: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Promise<Uint8Array> =>
  zipOf({
    "archive/data.pkl": data,
    ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes])),
  });

const MAGIC = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** The format before PyTorch 1.6. */
export const torchLegacy = (data: Uint8Array, storages: readonly (readonly [key: string, bytes: number[]])[] = []) =>
  Uint8Array.from([
    ...pickle(op.long(MAGIC)),
    ...pickle(op.int(1001)),
    ...pickle(op.emptyDict),
    ...data,
    ...pickle(op.mark, ...storages.map(([key]) => op.text(key)), op.tuple),
    ...storages.flatMap(([, bytes]) => bytes),
  ]);

/** Writes parameters with their first weights, not trained, as `torch.save` writes a state dictionary. */
export async function writeStateDict(path: string, parameters: readonly Parameter[]): Promise<void> {
  const weights = initialWeights(parameters, Rng.fromSeed(2));
  const storages: Record<string, Uint8Array> = {};
  const items = parameters.map(({ label, shape }, index) => {
    const values = weights.get(label)!;
    storages[index] = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    return [label, tensor({ key: String(index), count: values.length, shape, strides })] as const;
  });
  await writeFile(path, await torchZip(pickle(dictionary(Object.fromEntries(items))), storages));
}

/** Writes a small NAFNet, not trained. */
export async function writeNafnetFile(path: string): Promise<void> {
  const config = { width: 8, encoderBlocks: [1, 1], middleBlocks: 1, decoderBlocks: [1, 1] };
  await writeStateDict(
    path,
    createNetwork(networkConfigSchema.parse({ architecture: "nafnet", ...config })).parameters,
  );
}

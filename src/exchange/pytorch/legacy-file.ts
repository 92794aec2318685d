/**
 * @file The format of `torch.save` before PyTorch 1.6: consecutive pickles (magic number, protocol, system information,
 * the saved object, the storages' keys), then each storage as its count (int64) and its values.
 */
import { ByteReader, EndOfBytes } from "./byte-reader.js";
import { DTYPES } from "./dtypes.js";
import { storageTable } from "./persistent.js";
import { readPickle } from "./pickle.js";
import { damaged, quoted } from "./refusal.js";
import type { CheckpointSource } from "./source.js";
import { describeValue, type PickleValue, type TorchStorage } from "./values.js";
import { alignedBuffer, type TorchContent } from "./zip-file.js";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** Sizes of the part at the file's start that is read for the pickles; the next one is tried if a part is too short. */
const HEAD_BYTES = [2 ** 18, 2 ** 22, 2 ** 26] as const;

interface Head {
  readonly root: PickleValue;
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly keys: readonly string[];
  /** Offset of the first storage. */
  readonly end: number;
}

function readHead(bytes: Uint8Array, where: string): Head {
  const reader = new ByteReader(bytes);
  if (readPickle(reader, where) !== MAGIC) throw damaged(where, "it does not begin with PyTorch's magic number");
  const protocol = readPickle(reader, where);
  if (protocol !== PROTOCOL)
    throw damaged(where, `its protocol is ${quoted(describeValue(protocol))}, expected ${PROTOCOL}`);
  const system = readPickle(reader, where);
  if (system instanceof Map && system.get("little_endian") === false)
    throw damaged(where, "its numbers are big-endian");
  const { storages, persistent } = storageTable();
  const root = readPickle(reader, where, persistent);
  const keys = readPickle(reader, where);
  if (!Array.isArray(keys) || !keys.every((key): key is string => typeof key === "string" && storages.has(key)))
    throw damaged(where, "its list of storages differs from the storages of its tensors");
  return { root, storages, keys, end: reader.at };
}

async function readWholeHead(source: CheckpointSource, where: string): Promise<Head> {
  for (const length of HEAD_BYTES) {
    const bytes = await source.read(0, Math.min(length, source.size));
    try {
      return readHead(bytes, where);
    } catch (error) {
      if (!(error instanceof EndOfBytes)) throw error;
      if (length >= source.size) throw damaged(where, error.message);
    }
  }
  throw damaged(where, `its pickles do not end within ${HEAD_BYTES.at(-1)} bytes, which is too long for a state dict`);
}

export async function readLegacy(source: CheckpointSource, where: string): Promise<TorchContent> {
  const { root, storages, keys, end } = await readWholeHead(source, where);
  const starts = new Map<string, number>();
  let at = end;
  for (const key of keys) {
    const { dtype, count } = storages.get(key)!;
    if (starts.has(key)) throw damaged(where, `storage ${key} occurs twice`);
    const length = count * DTYPES[dtype].bytes;
    if (at + 8 + length > source.size)
      throw damaged(where, `it ends within storage ${key}, which holds ${count} numbers`);
    const stored = new ByteReader(await source.read(at, 8)).uint64();
    if (stored !== count) throw damaged(where, `storage ${key} should hold ${count} numbers but holds ${stored}`);
    starts.set(key, at + 8);
    at += 8 + length;
  }
  return {
    root,
    async readStorage({ key, dtype, count }) {
      const start = starts.get(key);
      if (start === undefined) throw damaged(where, `storage ${key} is missing`);
      return alignedBuffer(await source.read(start, count * DTYPES[dtype].bytes));
    },
  };
}

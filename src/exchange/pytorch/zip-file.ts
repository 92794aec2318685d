/**
 * @file The zip format of `torch.save` (PyTorch 1.6 and later): NAME/data.pkl, and storages as NAME/data/KEY,
 * uncompressed.
 */
import { configure, type Entry, type FileEntry, Reader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { utf8 } from "./byte-reader.js";
import { DTYPES } from "./dtypes.js";
import { storageTable } from "./persistent.js";
import { readWholePickle } from "./pickle.js";
import { damaged, quoted } from "./refusal.js";
import type { CheckpointSource } from "./source.js";
import type { PickleValue, TorchStorage } from "./values.js";

configure({ useWebWorkers: false });

/** Largest pickle, more than a dictionary of 100,000 tensors needs. */
const MAX_PICKLE_BYTES = 2 ** 26;

class SourceReader extends Reader<CheckpointSource> {
  constructor(private readonly source: CheckpointSource) {
    super(source);
    this.size = source.size;
  }

  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
    return this.source.read(index, Math.min(length, Math.max(0, this.size - index)));
  }
}

export interface TorchContent {
  readonly root: PickleValue;
  /** The bytes of a storage, aligned. */
  readonly readStorage: (storage: TorchStorage) => Promise<ArrayBuffer>;
}

export async function readZip(source: CheckpointSource, where: string): Promise<TorchContent> {
  const zip = new ZipReader(new SourceReader(source));
  let list: Entry[];
  try {
    list = await zip.getEntries();
  } catch (cause) {
    throw damaged(where, `not a whole zip archive (${String(cause)})`);
  }
  const entries = new Map(
    list.filter((entry): entry is FileEntry => !entry.directory).map((entry) => [entry.filename, entry]),
  );
  if (entries.size < list.filter(({ directory }) => !directory).length)
    throw damaged(where, "two files have the same name");
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1)
    throw damaged(
      where,
      `it is a zip archive with ${pickles.length || "no"} NAME/data.pkl, so torch.save did not write it`,
    );
  const root = pickles[0]!.slice(0, -"data.pkl".length);

  /** Exactly `length` bytes. Uncompressed entries cannot expand, so a small file cannot fill the memory. */
  const read = async (name: string, length: number): Promise<Uint8Array> => {
    const entry = entries.get(name);
    if (!entry) throw damaged(where, `${quoted(name)} is missing`);
    if (entry.compressionMethod !== 0 || entry.encrypted)
      throw damaged(where, `${quoted(name)} is compressed or encrypted, which torch.save does not do`);
    if (entry.uncompressedSize !== length || entry.compressedSize !== length || length > source.size)
      throw damaged(where, `${quoted(name)} should have ${length} bytes but has ${entry.uncompressedSize}`);
    let bytes: Uint8Array;
    try {
      bytes = await entry.getData(new Uint8ArrayWriter(), { checkSignature: true });
    } catch (cause) {
      throw damaged(where, `${quoted(name)} cannot be read (${String(cause)})`);
    }
    if (bytes.length !== length)
      throw damaged(where, `${quoted(name)} should have ${length} bytes but has ${bytes.length}`);
    return bytes;
  };

  const order = entries.get(`${root}byteorder`);
  if (order && utf8(await read(order.filename, Math.min(order.uncompressedSize, 16))) !== "little")
    throw damaged(where, "its numbers are big-endian");
  const pickleBytes = entries.get(pickles[0]!)!.uncompressedSize;
  if (pickleBytes > MAX_PICKLE_BYTES)
    throw damaged(where, `its pickle of ${pickleBytes} bytes is too long for a state dict`);
  const { persistent } = storageTable();
  return {
    root: readWholePickle(await read(pickles[0]!, pickleBytes), where, persistent),
    async readStorage({ key, dtype, count }) {
      const bytes = await read(`${root}data/${key}`, count * DTYPES[dtype].bytes);
      return alignedBuffer(bytes);
    },
  };
}

/** The bytes as an aligned buffer: a view may start at any offset, numbers may not. */
export const alignedBuffer = (bytes: Uint8Array): ArrayBuffer =>
  bytes.byteLength === bytes.buffer.byteLength
    ? (bytes.buffer as ArrayBuffer)
    : (bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);

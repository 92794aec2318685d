/** @file Reads forward through bytes. A length is believed only up to the number of bytes present. */

/** The bytes end before the pickle does: the file is cut off, or more of it must be read. */
export class EndOfBytes extends Error {}

export class ByteReader {
  at = 0;
  readonly #view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Skips `length` bytes and returns their offset. */
  #next(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start)
      throw new EndOfBytes(`it ends at byte ${this.bytes.length} where ${length} more were to come`);
    this.at = start + length;
    return start;
  }

  uint8 = (): number => this.#view.getUint8(this.#next(1));
  uint16 = (): number => this.#view.getUint16(this.#next(2), true);
  uint32 = (): number => this.#view.getUint32(this.#next(4), true);
  int32 = (): number => this.#view.getInt32(this.#next(4), true);
  uint64 = (): number => Number(this.#view.getBigUint64(this.#next(8), true));
  /** The only big-endian number in pickles. */
  float64 = (): number => this.#view.getFloat64(this.#next(8), false);

  take(length: number): Uint8Array {
    const start = this.#next(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Reads up to the next line feed, which is skipped. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new EndOfBytes("it ends within a line");
    const text = latin1(this.take(end - this.at));
    this.at++;
    return text;
  }
}

const LATIN1 = new TextDecoder("latin1");
const UTF8 = new TextDecoder("utf-8");
export const latin1 = (bytes: Uint8Array): string => LATIN1.decode(bytes);
export const utf8 = (bytes: Uint8Array): string => UTF8.decode(bytes);

/** A little-endian two's complement integer, as in pickle's LONG. */
export function longFromBytes(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  const long = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(long)) ? Number(long) : long;
}

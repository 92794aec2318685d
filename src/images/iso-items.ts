/**
 * @file How much data the items of an AVIF file claim (`iloc`, ISO/IEC 14496-12, 8.11.3). A decoder copies every item of metadata; a file
 * of 10 MB with 90 that all claim the same 10 MB took it 1.2 GB, for the header alone.
 */
import { textAt, viewOf } from "./bytes.js";

interface Box {
  readonly type: string;
  /** Behind its size and type. */
  readonly start: number;
  readonly end: number;
}

/** The boxes of a range, as far as they are sound. */
function* boxes(bytes: Uint8Array, from: number, to: number): Generator<Box, void, void> {
  const view = viewOf(bytes);
  for (let at = from; at + 8 <= to; ) {
    const size = view.getUint32(at);
    const isLong = size === 1 && at + 16 <= to; // 64 bits follow the type
    const end = size === 0 ? to : at + (isLong ? Number(view.getBigUint64(at + 8)) : size);
    const start = at + (isLong ? 16 : 8);
    if (end < start || end > to) return;
    yield { type: textAt(bytes, at + 4, 4), start, end };
    at = end;
  }
}

/** The sum of all extents; one without a length reaches to the end of the file. */
function extentBytes(bytes: Uint8Array, { start, end }: Box): number {
  const view = viewOf(bytes);
  let at = start;
  /** A number of so many bytes; 0 beyond the end of the box, which ends all loops below. */
  const take = (size: number): number => {
    at += size;
    if (size === 0 || at > end) return 0;
    if (size === 8) return Number(view.getBigUint64(at - 8));
    return size === 4 ? view.getUint32(at - 4) : size === 2 ? view.getUint16(at - 2) : view.getUint8(at - 1);
  };
  const version = take(4) >>> 24;
  const sizes = take(2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const idBytes = version < 2 ? 2 : 4;
  let total = 0;
  for (let items = take(idBytes); items > 0 && at < end; items--) {
    at += idBytes + (version === 0 ? 0 : 2) + 2 + baseBytes;
    for (let extents = take(2); extents > 0 && at < end; extents--) {
      at += indexBytes + offsetBytes;
      total += take(lengthBytes) || bytes.length;
    }
  }
  return total;
}

/** Bytes that the items of the file claim together. Those of a sound file hardly exceed the file. */
export function claimedBytes(avif: Uint8Array): number {
  let total = 0;
  for (const meta of boxes(avif, 0, avif.length)) {
    if (meta.type !== "meta") continue;
    for (const box of boxes(avif, meta.start + 4, meta.end)) if (box.type === "iloc") total += extentBytes(avif, box);
  }
  return total;
}

/**
 * @file The first directory of a TIFF or BigTIFF file (TIFF 6.0, section 2), as far as it describes the file's
 * contents.
 */
import { beginsWith, viewOf } from "./bytes.js";

const NEW_SUBFILE_TYPE = 0x00fe;
const REDUCED_RESOLUTION = 1;
const SUB_IFDS = 0x014a;
const DNG_VERSION = 0xc612;
const SAMPLES = 0x0115;
const EXTRA_SAMPLES = 0x0152;
const UNSPECIFIED = 0;
const TAGS = [NEW_SUBFILE_TYPE, SUB_IFDS, DNG_VERSION, SAMPLES, EXTRA_SAMPLES];
const SHORT = 3;
/** Marker of Canon's raw files, between header and directory. */
const CANON = "CR\x02";

export interface TiffDirectory {
  /** The first 16 or 32 bits of the requested entries, by tag. */
  readonly values: ReadonlyMap<number, number>;
  /** Returns whether the chain has another directory (a page) inside the file. */
  readonly hasNext: boolean;
}

/** Undefined if the file ends before its first directory. */
export function firstDirectory(bytes: Uint8Array): TiffDirectory | undefined {
  if (bytes.length < 8) return;
  const view = viewOf(bytes);
  const little = beginsWith(bytes, "II");
  const big = view.getUint16(2, little) === 43;
  const { countBytes, entryBytes, wordBytes, valueAt } = big
    ? { countBytes: 8, entryBytes: 20, wordBytes: 8, valueAt: 12 }
    : { countBytes: 2, entryBytes: 12, wordBytes: 4, valueAt: 8 };
  /** Infinity beyond the end, which is no valid offset. */
  const word = (at: number): number => {
    if (at + wordBytes > bytes.length) return Number.POSITIVE_INFINITY;
    return big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  };
  const start = word(big ? 8 : 4);
  if (start + countBytes > bytes.length) return;
  const count = big ? word(start) : view.getUint16(start, little);
  const end = start + countBytes + count * entryBytes;
  const values = new Map<number, number>();
  for (let at = start + countBytes; at + entryBytes <= Math.min(end, bytes.length); at += entryBytes) {
    const tag = view.getUint16(at, little);
    if (!TAGS.includes(tag)) continue;
    const isShort = view.getUint16(at + 2, little) === SHORT;
    values.set(tag, isShort ? view.getUint16(at + valueAt, little) : view.getUint32(at + valueAt, little));
  }
  const next = word(end);
  return { values, hasNext: next > 0 && next + countBytes <= bytes.length };
}

/** A raw file is a TIFF whose first picture is a small preview; the sensor's pixels are elsewhere in it. */
export function isCameraRaw(bytes: Uint8Array): boolean {
  if (beginsWith(bytes, CANON, 8)) return true;
  const values = firstDirectory(bytes)?.values;
  if (!values) return false;
  const reduced = ((values.get(NEW_SUBFILE_TYPE) ?? 0) & REDUCED_RESOLUTION) !== 0;
  return values.has(DNG_VERSION) || (reduced && values.has(SUB_IFDS));
}

/** Returns whether the last of two or four channels is not declared: the file does not say that it is transparency. */
export function hasUnnamedChannel(bytes: Uint8Array): boolean {
  const values = firstDirectory(bytes)?.values;
  const samples = values?.get(SAMPLES) ?? 0;
  return (samples === 2 || samples === 4) && values?.get(EXTRA_SAMPLES) === UNSPECIFIED;
}

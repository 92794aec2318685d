/** @file The first box of an ISO media file (ISO/IEC 14496-12, 4.3), which says whether it is AVIF, HEIC or a video. */
import { beginsWith, textAt, viewOf } from "./bytes.js";

/** Bytes of a brand, and of each field before the brands. */
const WORD = 4;
const MAX_BOX_BYTES = 1024;

/** Brands, the major one first; empty if the file does not begin with a valid `ftyp` box. */
export function ftypBrands(bytes: Uint8Array): readonly string[] {
  if (bytes.length < 4 * WORD || !beginsWith(bytes, "ftyp", WORD)) return [];
  const size = viewOf(bytes).getUint32(0);
  if (size < 4 * WORD || size > MAX_BOX_BYTES || size % WORD !== 0) return [];
  const brands = [textAt(bytes, 2 * WORD, WORD)];
  // The version after the major brand is skipped.
  for (let at = 4 * WORD; at + WORD <= Math.min(size, bytes.length); at += WORD) brands.push(textAt(bytes, at, WORD));
  return brands;
}

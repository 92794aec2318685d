/** @file What a PNG file says beside its pixels, carried from one file to another (PNG specification, third edition, 5.3 and 11.3). */
import { uprightExif } from "../../src/images/exif.js";

const SIGNATURE_BYTES = 8;
/** Signature and header, after which these may stand. */
const HEADER_END = SIGNATURE_BYTES + 25;
const CARRIED = ["iCCP", "sRGB", "gAMA", "cHRM", "cICP", "pHYs", "eXIf", "tEXt", "zTXt", "iTXt", "tIME"];

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

interface Chunk {
  readonly type: string;
  /** Length, type, data and checksum. */
  readonly whole: Uint8Array;
}

/** All chunks up to the end, as far as the file is sound. */
function chunks(png: Uint8Array): Chunk[] {
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  const found: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; at + 12 <= png.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > png.length) break;
    found.push({ type: String.fromCharCode(...png.subarray(at + 4, at + 8)), whole: png.subarray(at, end) });
    at = end;
  }
  return found;
}

/** EXIF with orientation 1, and the checksum that goes with it. */
function upright({ type, whole }: Chunk): Uint8Array {
  if (type !== "eXIf") return whole.slice();
  const out = whole.slice();
  out.set(uprightExif(whole.subarray(8, -4)), 8);
  new DataView(out.buffer).setUint32(out.length - 4, crc32(out.subarray(4, -4)));
  return out;
}

/** The chunks to carry over. Text after the pixels comes along; it may stand before them as well. */
export const pngMetadata = (png: Uint8Array): readonly Uint8Array[] =>
  chunks(png)
    .filter(({ type }) => CARRIED.includes(type))
    .map(upright);

/** A copy of a PNG with these chunks in the place of its own of those kinds. */
export function withPngChunks(png: Uint8Array, metadata: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const others = chunks(png).filter(({ type }) => type !== "IHDR" && !CARRIED.includes(type));
  const parts = [png.subarray(0, HEADER_END), ...metadata, ...others.map(({ whole }) => whole)];
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

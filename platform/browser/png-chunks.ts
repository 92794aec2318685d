/** @file Copies a PNG's metadata chunks to another file (PNG specification, third edition, 5.3 and 11.3). */
import { joinedBytes } from "../../src/base/joined-bytes.js";
import { beginsWith } from "../../src/images/bytes.js";
import { uprightExif } from "../../src/images/exif.js";
import { type PngChunk, pngChunkBody, pngChunks } from "../../src/images/png-chunks.js";
import { uprightXmp } from "../../src/images/xmp.js";

/** Length of signature and header, after which these chunks may be placed. */
const HEADER_END = 8 + 25;
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

const XMP = "XML:com.adobe.xmp\0";

/** The chunk with orientation 1 in EXIF and XMP, and its checksum. Compressed XMP is not changed. */
function upright(png: Uint8Array, chunk: PngChunk): Uint8Array {
  const out = new Uint8Array(png.subarray(chunk.start, chunk.end)); // not `slice`: that of a Node Buffer is a view
  const body = pngChunkBody(png, chunk);
  if (chunk.type === "eXIf") out.set(uprightExif(body), 8);
  else if (beginsWith(body, XMP)) out.set(uprightXmp(body), 8);
  else return out;
  new DataView(out.buffer).setUint32(out.length - 4, crc32(out.subarray(4, -4)));
  return out;
}

/** The chunks to copy. Text after the pixels is copied as well; it may be placed before them. */
export const pngMetadata = (png: Uint8Array): readonly Uint8Array[] =>
  [...pngChunks(png)].filter(({ type }) => CARRIED.includes(type)).map((chunk) => upright(png, chunk));

/** A copy of a PNG in which these chunks replace its own of the same kinds. */
export function withPngChunks(png: Uint8Array, metadata: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const others = [...pngChunks(png)].filter(({ type }) => type !== "IHDR" && !CARRIED.includes(type));
  return joinedBytes([
    png.subarray(0, HEADER_END),
    ...metadata,
    ...others.map(({ start, end }) => png.subarray(start, end)),
  ]);
}

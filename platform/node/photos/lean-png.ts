/**
 * @file Removes chunks from a PNG that neither its pixels nor the result need. A decoder keeps all texts of a file
 * decompressed: forty of them in 1.6 MB took 3.4 GB and half a minute, for the header alone.
 */
import { inflateSync } from "node:zlib";
import { beginsWith } from "../../../src/images/bytes.js";
import { type PngChunk, pngChunkBody, pngChunks } from "../../../src/images/png-chunks.js";

/** Optional chunks that determine how the pixels are displayed, and the metadata chunks that are written back. */
const COLOUR = new Set(["sRGB", "gAMA", "cHRM", "cICP", "mDCV", "cLLI"]);
const NEEDED = new Set([...COLOUR, "tRNS", "iCCP", "sBIT", "pHYs", "eXIf"]);

/** Keyword of a text chunk with XMP, in all three kinds of text chunks. */
const XMP = "XML:com.adobe.xmp\0";

/** Critical chunks begin with a capital letter (5.4). */
const isCritical = ({ type }: PngChunk): boolean => (type.charCodeAt(0) & 0x20) === 0;

/** The bytes of a text chunk after its keyword (11.3.3), and whether they are compressed. */
const TEXTS: Readonly<Record<string, (body: Uint8Array) => { readonly packed: boolean; readonly text: Uint8Array }>> = {
  tEXt: (body) => ({ packed: false, text: body.subarray(XMP.length) }),
  zTXt: (body) => ({ packed: true, text: body.subarray(XMP.length + 1) }),
  // Two bytes state the compression; a language tag and the translated keyword follow, each ended by a zero.
  iTXt: (body) => {
    const language = body.indexOf(0, XMP.length + 2);
    return { packed: body[XMP.length] === 1, text: body.subarray(body.indexOf(0, language + 1) + 1) };
  },
};

function isWithin(
  { packed, text }: { readonly packed: boolean; readonly text: Uint8Array },
  maxBytes: number,
): boolean {
  if (!packed) return text.length <= maxBytes;
  try {
    inflateSync(text, { maxOutputLength: maxBytes });
    return true;
  } catch {
    return false; // damaged, or more
  }
}

export interface LeanPng {
  readonly bytes: Uint8Array;
  /** The file's XMP is larger than allowed or cannot be decompressed. */
  readonly withoutXmp: boolean;
}

/**
 * The PNG without removable chunks; the same array if there are none. The first of each optional chunk is kept, and XMP
 * of up to `maxXmpBytes`.
 */
export function leanPng(png: Uint8Array, maxXmpBytes: number): LeanPng {
  const kept: Uint8Array[] = [];
  const seen = new Set<string>();
  let keptTo = 0; // everything before it is in `kept` or left out
  let withoutXmp = false;
  const isKept = (chunk: PngChunk): boolean => {
    if (isCritical(chunk)) return true;
    const readText = TEXTS[chunk.type];
    const body = readText && pngChunkBody(png, chunk);
    if (body ? !beginsWith(body, XMP) : !NEEDED.has(chunk.type)) return false;
    const kind = body ? XMP : chunk.type;
    if (seen.has(kind)) return false;
    seen.add(kind);
    const fits = !body || isWithin(readText(body), maxXmpBytes);
    withoutXmp ||= !fits;
    return fits;
  };
  for (const chunk of pngChunks(png)) {
    if (isKept(chunk)) continue;
    if (chunk.start > keptTo) kept.push(png.subarray(keptTo, chunk.start));
    keptTo = chunk.end;
  }
  if (keptTo === 0) return { bytes: png, withoutXmp };
  return { bytes: Buffer.concat([...kept, png.subarray(keptTo)]), withoutXmp };
}

/** The chunks that determine how the pixel values are displayed, except for a profile; undefined if there are none. */
export function pngColour(png: Uint8Array): Uint8Array | undefined {
  const chunks: Uint8Array[] = [];
  for (const { type, start, end } of pngChunks(png)) {
    if (type === "IDAT") break;
    if (COLOUR.has(type)) chunks.push(png.subarray(start, end));
  }
  return chunks.length === 0 ? undefined : new Uint8Array(Buffer.concat(chunks));
}

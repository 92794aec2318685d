/** @file The chunks of a PNG file (PNG specification, third edition, 5.3). */
import { viewOf } from "./bytes.js";

const SIGNATURE_BYTES = 8;
/** Bytes of length, type and checksum. */
const PNG_CHUNK_FRAME_BYTES = 12;

export interface PngChunk {
  readonly type: string;
  /** Offsets of the chunk's length and of the end of its checksum. */
  readonly start: number;
  readonly end: number;
}

/** All chunks up to IEND or the first invalid one. */
export function* pngChunks(png: Uint8Array): Generator<PngChunk, void, void> {
  const view = viewOf(png);
  for (let start = SIGNATURE_BYTES; start + PNG_CHUNK_FRAME_BYTES <= png.length; ) {
    const end = start + PNG_CHUNK_FRAME_BYTES + view.getUint32(start);
    if (end > png.length) return;
    const type = String.fromCharCode(png[start + 4]!, png[start + 5]!, png[start + 6]!, png[start + 7]!);
    yield { type, start, end };
    if (type === "IEND") return;
    start = end;
  }
}

/** Data of a chunk. */
export const pngChunkBody = (png: Uint8Array, { start, end }: PngChunk): Uint8Array => png.subarray(start + 8, end - 4);

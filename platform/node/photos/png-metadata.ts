/**
 * @file Writes a photo's metadata into the bytes of a PNG, as chunks of the PNG specification (third edition, 11.3).
 */
import { deflateSync } from "node:zlib";
import type { ColourCode, PhotoMetadata } from "../../../src/images/photo.js";

const HEADER_END = 33; // signature (8) and the IHDR chunk (25), after which ancillary chunks may be placed
const REPLACED = ["iCCP", "sRGB", "gAMA", "cHRM", "eXIf", "pHYs"];
const METRES_PER_INCH = 0.0254;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 of the PNG specification. Node provides one only from 20.15 on. */
function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), ...parts]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(body.length - 4, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), 4 + body.length);
  return out;
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

const CHUNKS = {
  icc: (icc: Uint8Array) => chunk("iCCP", latin1("icc\0\0"), deflateSync(icc)),
  exif: (exif: Uint8Array) => chunk("eXIf", exif),
  xmp: (xmp: Uint8Array) => chunk("iTXt", latin1("XML:com.adobe.xmp\0\0\0\0\0"), xmp),
  density: (density: number) => {
    const body = Buffer.alloc(9);
    const perMetre = Math.round(density / METRES_PER_INCH);
    body.writeUInt32BE(perMetre, 0);
    body.writeUInt32BE(perMetre, 4);
    body[8] = 1; // the unit is the metre
    return chunk("pHYs", body);
  },
} as const satisfies {
  [K in "icc" | "exif" | "xmp" | "density"]: (value: NonNullable<PhotoMetadata[K]>) => Uint8Array;
};

/** The chunks between header and pixels without metadata; the encoder's density is dropped. */
function otherChunks(png: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.length);
  const parts: Uint8Array[] = [];
  let at = HEADER_END;
  for (let end = at; bytes.toString("latin1", at + 4, at + 8) !== "IDAT"; at = end) {
    end = at + 12 + bytes.readUInt32BE(at);
    if (!REPLACED.includes(bytes.toString("latin1", at + 4, at + 8))) parts.push(bytes.subarray(at, end));
  }
  return [...parts, bytes.subarray(at)];
}

/** A copy of a PNG with these metadata instead of its own. */
export function withPngMetadata(png: Uint8Array, { icc, exif, xmp, density }: PhotoMetadata): Uint8Array {
  return Buffer.concat([
    png.subarray(0, HEADER_END),
    ...(icc ? [CHUNKS.icc(icc)] : []),
    ...(exif ? [CHUNKS.exif(exif)] : []),
    ...(density ? [CHUNKS.density(density)] : []),
    ...(xmp ? [CHUNKS.xmp(xmp)] : []),
    ...otherChunks(png),
  ]);
}

/** The cICP chunk, which states colours by code numbers, for RGB values with the full range (11.3.2.6). */
export const cicpChunk = ({ primaries, transfer }: ColourCode): Uint8Array =>
  chunk("cICP", Uint8Array.of(primaries, transfer, 0, 1));

/** A PNG with complete chunks inserted after its header, before all others. */
export const withPngChunks = (png: Uint8Array, chunks: Uint8Array): Uint8Array =>
  Buffer.concat([png.subarray(0, HEADER_END), chunks, png.subarray(HEADER_END)]);

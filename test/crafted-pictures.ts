/** @file Picture files put together by hand: what no encoder writes, but anybody may send. */
import sharp from "sharp";
import { Rng } from "../src/base/random.js";
import type { Raster } from "../src/images/image.js";
import type { ImageFormat, Photo } from "../src/images/photo.js";

/** A chunk of a RIFF file: type, length, body, and a byte to make the length even. */
function riffChunk(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 100, b: 50 } } });

const FLAGS = { EXIF: 0x08, "XMP ": 0x04, ICCP: 0x20, ANIM: 0x02 } as const;

/** An extended WebP (RFC 9649, 2.7): its flags, its size, and the chunks given. */
function extendedWebp(width: number, height: number, flags: number, chunks: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(10);
  header[0] = flags;
  header.writeUIntLE(width - 1, 4, 3);
  header.writeUIntLE(height - 1, 7, 3);
  return riffChunk("RIFF", Buffer.from("WEBP"), riffChunk("VP8X", header), ...chunks);
}

/** A WebP with a chunk of metadata. */
export async function webpWith(type: "EXIF" | "XMP ", body: Uint8Array): Promise<Buffer> {
  const plain = await picture(64, 48).webp().toBuffer();
  return extendedWebp(64, 48, FLAGS[type], [plain.subarray(12), riffChunk(type, body)]);
}

/** An animated WebP of many frames of one pixel: 60 bytes each. */
export async function animatedWebp(frames: number): Promise<Buffer> {
  const pixel = (await picture(1, 1).webp({ lossless: true }).toBuffer()).subarray(12);
  const frame = riffChunk("ANMF", Buffer.alloc(16), pixel);
  return extendedWebp(1, 1, FLAGS.ANIM, [
    riffChunk("ANIM", Buffer.alloc(6)),
    ...Array.from({ length: frames }, () => frame),
  ]);
}

/** A PNG file of black and white squares, which are as sharp as can be. */
export async function sharpFile(): Promise<Uint8Array> {
  const random = Rng.fromSeed(3).uniforms(32 * 32);
  const blocks = Uint8Array.from({ length: 512 * 512 }, (_, i) => {
    const [row, column] = [i >> 13, (i >> 4) % 32];
    return random[32 * row + column]! < 0.5 ? 0 : 255;
  });
  const drawn = sharp(blocks, { raw: { width: 512, height: 512, channels: 1 } });
  return new Uint8Array(await drawn.png({ compressionLevel: 1 }).toBuffer());
}

/** CRC-32 bit by bit, from the definition in the PNG specification, annex D. */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A PNG of 64 x 48 with chunks, given as type and body, behind its header. */
export async function pngWith(...chunks: readonly (readonly [string, Uint8Array])[]): Promise<Buffer> {
  const plain = await picture(64, 48).png().toBuffer();
  const headerEnd = 8 + 25;
  const added = chunks.map(([type, body]) => {
    const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(type, "latin1"), body, Buffer.alloc(4)]);
    chunk.writeUInt32BE(body.length, 0);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
    return chunk;
  });
  return Buffer.concat([plain.subarray(0, headerEnd), ...added, plain.subarray(headerEnd)]);
}

/**
 * A JPEG with EXIF, from its byte-order mark on, and optional fill bytes before the marker of the segment (T.81,
 * B.1.1.2).
 */
export async function jpegWithExif(exif: Uint8Array, fillBytes = 0): Promise<Buffer> {
  const plain = await picture(64, 48).jpeg().toBuffer();
  const body = Buffer.concat([Buffer.from("Exif\0\0"), exif]);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(0xffe1, 0);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([plain.subarray(0, 2), Buffer.alloc(fillBytes, 0xff), head, body, plain.subarray(2)]);
}

/** An SVG that asks for `width` to the power of `levels` rectangles in a few lines. */
export function nestedSvg(levels: number, width: number): Buffer {
  const groups = Array.from(
    { length: levels },
    (_, level) => `<g id="g${level + 1}">${`<use href="#g${level}"/>`.repeat(width)}</g>`,
  );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><defs><g id="g0"><rect width="1" height="1"/></g>${groups.join("")}</defs><use href="#g${levels}"/></svg>`,
  );
}

/** An uncompressed TIFF of 8 bits with 3 to 5 channels: RGB, and unspecified others. */
export function tiffOf(width: number, height: number, channels: number): Buffer {
  const pixels = Buffer.from(Array.from({ length: width * height * channels }, (_, i) => (i * 7) % 256));
  const depths = 8; // where the depths of the channels lie, then the directory
  const start = depths + 2 * channels;
  const entries = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, channels, depths],
    [259, 3, 1, 1],
    [262, 3, 1, 2],
    [273, 4, 1, start + 200],
    [277, 3, 1, channels],
    [278, 4, 1, height],
    [279, 4, 1, pixels.length],
    ...(channels === 3 ? [] : [[338, 3, channels - 3, 0] as const]),
  ] as const;
  const tiff = Buffer.alloc(start + 200);
  tiff.write("II*\0", "latin1");
  tiff.writeUInt32LE(start, 4);
  for (let channel = 0; channel < channels; channel++) tiff.writeUInt16LE(8, depths + 2 * channel);
  tiff.writeUInt16LE(entries.length, start);
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = start + 2 + 12 * i;
    tiff.writeUInt16LE(tag, at);
    tiff.writeUInt16LE(type, at + 2);
    tiff.writeUInt32LE(count, at + 4);
    tiff.writeUInt32LE(value, at + 8);
  }
  return Buffer.concat([tiff, pixels]);
}

/** A JPEG with a segment behind its first marker. */
export async function jpegWith(marker: number, ...parts: readonly (string | Uint8Array)[]): Promise<Buffer> {
  const plain = await picture(64, 48).jpeg().toBuffer();
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  const head = Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([plain.subarray(0, 2), head, body, plain.subarray(2)]);
}

const word = (value: number, bytes: 2 | 4): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntBE(value, 0, bytes);
  return out;
};

/** A box of an ISO media file. */
function isoBox(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([word(body.length + 8, 4), Buffer.from(type, "latin1"), body]);
}

/** An AVIF whose items of metadata all claim the same bytes at its end. */
export async function avifOfItems(items: number, bytes: number): Promise<Buffer> {
  const plain = await picture(64, 48).avif().toBuffer();
  const boxAt = (type: string) => plain.indexOf(type) - 4;
  const bodyOf = (type: string) => plain.subarray(boxAt(type) + 8, boxAt(type) + plain.readUInt32BE(boxAt(type)));
  const whole = (type: string) => isoBox(type, bodyOf(type));
  const ids = Array.from({ length: items }, (_, i) => 100 + i);
  const meta = (dataAt: number): Buffer => {
    const [oldInfo, oldData] = [bodyOf("iinf"), bodyOf("mdat")];
    const located = (id: number, length: number) =>
      Buffer.concat([word(id, 2), word(0, 2), word(1, 2), word(dataAt, 4), word(length, 4)]);
    const info = ids.map((id) =>
      isoBox("infe", word(0x02000000, 4), word(id, 2), word(0, 2), Buffer.from(`mime\0type/${id}\0`)),
    );
    return isoBox(
      "meta",
      ...[word(0, 4), whole("hdlr"), whole("pitm"), whole("iprp")],
      isoBox("iinf", oldInfo.subarray(0, 4), word(1 + items, 2), oldInfo.subarray(6), ...info),
      isoBox(
        "iloc",
        word(0, 4),
        Buffer.from([0x44, 0]),
        word(1 + items, 2),
        located(1, oldData.length),
        ...ids.map((id) => located(id, bytes)),
      ),
      isoBox("iref", word(0, 4), ...ids.map((id) => isoBox("cdsc", word(id, 2), word(1, 2), word(1, 2)))),
    );
  };
  const start = whole("ftyp");
  const dataAt = start.length + meta(0).length + 8;
  return Buffer.concat([start, meta(dataAt), isoBox("mdat", bodyOf("mdat"), Buffer.alloc(bytes, "A"))]);
}

/** A smooth picture, so that lossy formats come close; every channel differs, including alpha. */
export function gradientRaster(channels: 1 | 2 | 3 | 4, depth: 8 | 16, width = 37, height = 23): Raster {
  const top = depth === 8 ? 255 : 65535;
  const data = depth === 8 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height * channels);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) data[i++] = top * (0.5 + 0.45 * Math.sin(x / 9 + y / 7 + 1.3 * c));
  return { width, height, channels, data };
}

/** A photo without metadata. */
export const plainPhoto = (raster: Raster, format: ImageFormat = "png"): Photo => ({ raster, format, metadata: {} });

/** The error of a promise that should reject. */
export const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => ({ code: "none", message: "did not fail" }),
    (error: { code: string; message: string }) => error,
  );

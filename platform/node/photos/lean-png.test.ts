/**
 * @file Chunks removed from a PNG before decoding: texts that expand when decompressed, and repeated chunks; required
 * chunks are kept.
 */
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { pngWith } from "../../../test/crafted-pictures.js";
import { readImage } from "./image-file.js";
import { leanPng } from "./lean-png.js";

const MAX_BYTES = 8e6;
const KEYWORD = "XML:com.adobe.xmp\0";
const packet = (bytes: number) => Buffer.from(`<x:xmpmeta>${" ".repeat(bytes)}</x:xmpmeta>`);
/** XMP in each kind of text chunk, compressed and uncompressed. */
const XMP_CHUNKS = {
  tEXt: (xmp: Buffer) => ["tEXt", Buffer.concat([Buffer.from(KEYWORD), xmp])],
  zTXt: (xmp: Buffer) => ["zTXt", Buffer.concat([Buffer.from(`${KEYWORD}\0`), deflateSync(xmp)])],
  "iTXt, packed, with a language": (xmp: Buffer) => [
    "iTXt",
    Buffer.concat([Buffer.from(`${KEYWORD}\x01\0en\0XMP\0`), deflateSync(xmp)]),
  ],
  iTXt: (xmp: Buffer) => ["iTXt", Buffer.concat([Buffer.from(`${KEYWORD}\0\0\0\0`), xmp])],
} as const satisfies Record<string, (xmp: Buffer) => readonly [string, Buffer]>;

describe.each(Object.entries(XMP_CHUNKS))("XMP as %s", (_, chunkOf) => {
  test("is kept unchanged, once", async () => {
    const png = await pngWith(chunkOf(packet(1000)));
    expect(leanPng(png, MAX_BYTES)).toEqual({ bytes: png, withoutXmp: false });
    const twice = await pngWith(chunkOf(packet(1000)), chunkOf(packet(2000)));
    expect(Buffer.compare(leanPng(twice, MAX_BYTES).bytes, png)).toBe(0);
    const { metadata, warnings } = await readImage(twice);
    expect([metadata.xmp?.length, warnings]).toEqual([packet(1000).length, []]);
  });

  test("of more than 8 MB is left out, with a warning", async () => {
    const { metadata, warnings } = await readImage(await pngWith(chunkOf(packet(9e6))));
    expect(metadata.xmp).toBeUndefined();
    expect(warnings).toEqual(["the photo's XMP was left out: it is damaged or has more than 8 MB"]);
  });
});

test("many texts that expand greatly cost neither time nor memory", async () => {
  const text = Buffer.concat([Buffer.from("Comment\0\0"), deflateSync(Buffer.alloc(40e6, 32))]);
  const png = await pngWith(...Array.from({ length: 200 }, () => ["zTXt", text] as const)); // 8 GB
  const before = process.resourceUsage().maxRSS;
  expect((await readImage(png)).raster.width).toBe(64);
  expect((process.resourceUsage().maxRSS - before) / 1000, "MB more").toBeLessThan(200);
}, 20_000);

test("colour chunks are kept byte for byte; a file without removable chunks is returned as the same array", async () => {
  const plain = await sharp({ create: { width: 64, height: 48, channels: 4, background: "red" } })
    .withIccProfile("p3")
    .withExif({ IFD0: { Make: "Maker" } })
    .png({ palette: true })
    .toBuffer();
  expect(leanPng(plain, MAX_BYTES).bytes).toBe(plain);
  const chunks = [
    ["gAMA", Buffer.from([0, 1, 0x86, 0xa0])],
    ["cICP", Buffer.from([9, 16, 0, 1])],
  ] as const;
  const expected = await pngWith(...chunks);
  const text = ["tEXt", Buffer.from("Software\0something")] as const;
  expect(Buffer.compare(leanPng(await pngWith(text, ...chunks, text), MAX_BYTES).bytes, expected)).toBe(0);
});

test("cut off anywhere, nothing is thrown and nothing is added", async () => {
  const png = await pngWith(XMP_CHUNKS.zTXt(packet(10)), ["tEXt", Buffer.from("a\0b")]);
  for (let length = 0; length < png.length; length++)
    expect(leanPng(png.subarray(0, length), MAX_BYTES).bytes.length).toBeLessThanOrEqual(length);
});

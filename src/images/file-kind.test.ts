import { describe, expect, test } from "vitest";
import { fileKind } from "./file-kind.js";
import { severalPictures } from "./several-pictures.js";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** A file of one directory: byte order, entries of tag, type and value, and the address of the next directory. */
function tiff(
  little: boolean,
  big: boolean,
  entries: readonly (readonly [number, number, number])[],
  next = 0,
): Uint8Array {
  const [start, countBytes, entryBytes] = big ? [16, 8, 20] : [8, 2, 12];
  const end = start + countBytes + entries.length * entryBytes;
  const bytes = new Uint8Array(end + 64);
  const view = new DataView(bytes.buffer);
  bytes.set(latin1(little ? "II" : "MM"));
  view.setUint16(2, big ? 43 : 42, little);
  const word = (at: number, value: number) =>
    big ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
  if (big) view.setUint16(4, 8, little);
  word(big ? 8 : 4, start);
  if (big) word(start, entries.length);
  else view.setUint16(start, entries.length, little);
  entries.forEach(([tag, type, value], i) => {
    const at = start + countBytes + i * entryBytes;
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, type, little);
    word(at + 4, 1);
    if (type === 3) view.setUint16(at + (big ? 12 : 8), value, little);
    else view.setUint32(at + (big ? 12 : 8), value, little);
  });
  word(end, next);
  return bytes;
}
const WIDTH = [256, 3, 20] as const;

describe("what a file is", () => {
  test.each([
    ["\x89PNG\r\n\x1a\n", "png"],
    ["\xff\xd8\xff\xe0", "jpeg"],
    ["\xff\xd8\xff\xff\xff\xe1", "jpeg"],
    ["RIFF\x10\0\0\0WEBPVP8 ", "webp"],
    ["\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "avif"],
    ["\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "avif"],
    ["\0\0\0\x14ftypmif1\0\0\0\0miaf", "avif"],
    ["II*\0\x08\0\0\0", "tiff"],
    ["MM\0*\0\0\0\x08", "tiff"],
    ["II+\0\x08\0\0\0", "tiff"],
    ["MM\0+\0\x08\0\0", "tiff"],
  ])("%j is %s", (start, format) => {
    expect(fileKind(latin1(start))).toEqual({ format });
  });

  test.each([
    ["GIF89a", "a GIF picture"],
    ["BM\x10\0\0\0\0\0\0\0\x36", "a BMP picture"],
    ["%PDF-1.7", "a PDF document"],
    ["\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"],
    ["\0\0\0\x18ftypmif1\0\0\0\0heicmif1", "a HEIC picture"],
    ["\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a video"],
    ["\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "a camera's raw file"],
    ["II*\0\x10\0\0\0CR\x02\0", "a camera's raw file"],
    ["\xff\x0a\x12", "a JPEG XL picture"],
    ["\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"],
    ['\xef\xbb\xbf\n<?xml version="1.0"?>\n<!-- drawn --><svg>', "an SVG drawing"],
    ["<!DOCTYPE html><html>", "a web page"],
  ])("%j is %s", (start, other) => {
    expect(fileKind(latin1(start))).toMatchObject({ other });
  });

  test.each([
    "",
    "\xff",
    "\xff\xd8",
    "II",
    "BM",
    "BMW is a maker of cars",
    "plain text",
    "\0\0\0\0ftypavif",
    "\xff\xff\xff\xffftypavif",
  ])("%j is nothing known", (start) => {
    expect(fileKind(latin1(start))).toBeUndefined();
  });

  test("text that only begins like an SVG far into it, and a megabyte of spaces, are found out at once", () => {
    const spaces = new Uint8Array(1e6).fill(0x20);
    spaces.set(latin1("<svg>"), spaces.length - 5);
    const startedAt = performance.now();
    expect(fileKind(spaces)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test.each([
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ])("a TIFF whose first picture is a preview is a camera's raw file (little-endian %s, BigTIFF %s)", (little, big) => {
    expect(fileKind(tiff(little, big, [WIDTH]))).toEqual({ format: "tiff" });
    expect(fileKind(tiff(little, big, [WIDTH, [0xc612, 1, 1]]))).toEqual({ other: "a camera's raw file" });
    expect(fileKind(tiff(little, big, [[254, 4, 1], WIDTH, [330, 4, 99]]))).toEqual({ other: "a camera's raw file" });
    expect(fileKind(tiff(little, big, [[254, 4, 0], WIDTH, [330, 4, 99]]))).toEqual({ format: "tiff" }); // a pyramid
  });
});

describe("several pictures in one file", () => {
  test.each([
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ])("TIFF pages, by the address of the next directory (little-endian %s, BigTIFF %s)", (little, big) => {
    expect(severalPictures("tiff", tiff(little, big, [WIDTH]))).toBeUndefined();
    expect(severalPictures("tiff", tiff(little, big, [WIDTH], 20))).toMatch(/several pages/);
    expect(severalPictures("tiff", tiff(little, big, [WIDTH], 1e6))).toBeUndefined(); // beyond the end of the file
  });

  const chunk = (type: string, body = "") => `${String.fromCharCode(0, 0, 0, body.length)}${type}${body}\0\0\0\0`;
  const png = (...chunks: string[]) => latin1(`\x89PNG\r\n\x1a\n${chunk("IHDR", "0123456789012")}${chunks.join("")}`);
  const acTL = (frames: number) => chunk("acTL", `\0\0\0${String.fromCharCode(frames)}\0\0\0\0`);
  const vp8x = (flags: number) => latin1(`RIFF\0\0\0\0WEBPVP8X\n\0\0\0${String.fromCharCode(flags)}\0\0\0`);

  test.each([
    ["png", png(chunk("tEXt", "a"), acTL(2), chunk("IDAT")), true],
    ["png", png(acTL(1), chunk("IDAT")), false],
    ["png", png(chunk("IDAT"), acTL(2)), false], // no decoder looks for it there
    ["webp", vp8x(0x02), true],
    ["webp", vp8x(0x3c), false],
    ["webp", latin1("RIFF\0\0\0\0WEBPVP8 \x02\x02\x02\x02\x02"), false],
    ["avif", latin1("\0\0\0\x18ftypavis\0\0\0\0avifavis"), true],
    ["avif", latin1("\0\0\0\x18ftypavif\0\0\0\0avifmif1"), false],
  ] as const)("%s, %#", (format, bytes, several) => {
    expect(severalPictures(format, bytes)).toEqual(several ? expect.stringMatching(/is an animation/) : undefined);
  });

  test.each(["png", "webp", "avif", "tiff"] as const)("%s cut off anywhere, nothing is thrown", (format) => {
    const whole = {
      png: png(acTL(2)),
      webp: vp8x(2),
      avif: latin1("\0\0\0\x18ftypavis\0\0\0\0avifavis"),
      tiff: tiff(true, true, [WIDTH], 20),
    };
    for (let length = 0; length <= whole[format].length; length++) {
      fileKind(whole[format].subarray(0, length));
      severalPictures(format, whole[format].subarray(0, length));
    }
  });

  test("a directory of millions of entries, and millions of chunks, are walked once", () => {
    const huge = new Uint8Array(12e6);
    huge.set(tiff(true, true, [WIDTH]));
    new DataView(huge.buffer).setBigUint64(16, 600_000n, true);
    const chunks = new Uint8Array(12e6);
    chunks.set(latin1("\x89PNG\r\n\x1a\n"));
    const startedAt = performance.now();
    expect(severalPictures("tiff", huge)).toBeUndefined();
    expect(severalPictures("png", chunks)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(5000); // minutes, if the time grew with the square
  });
});

/** @file Metadata of JPEG and PNG files, copied from one to the other and read back by sharp. */
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { exifBody, uprightExif } from "../../src/images/exif.js";
import { isDisplayP3, jpegMetadata, withJpegMetadata } from "../../src/images/jpeg-segments.js";
import { withPngMetadata } from "../node/photos/png-metadata.js";
import { pngMetadata, withPngChunks } from "./png-chunks.js";

const picture = (red: number) =>
  sharp({ create: { width: 9, height: 7, channels: 3, background: { r: red, g: 90, b: 9 } } });
const said = (red: number) =>
  picture(red)
    .withExif({ IFD0: { Make: "Test camera" } })
    .withMetadata({ orientation: 6, icc: "p3" });

/** The stored values; without the option sharp would convert them by a profile. */
const raw = (file: Uint8Array) => sharp(file, { ignoreIcc: true }).raw().toBuffer();

describe("JPEG", () => {
  test("EXIF with orientation 1 and the profile come along; pixels are those of the other file, to the byte", async () => {
    const [from, to] = [await said(10).jpeg().toBuffer(), await picture(200).jpeg().toBuffer()];
    const out = withJpegMetadata(to, jpegMetadata(from));
    const about = await sharp(out).metadata();
    expect(about.orientation).toBe(1);
    expect(about.exif!.toString("latin1")).toContain("Test camera");
    expect(about.icc).toBeDefined();
    expect(about.icc).toEqual((await sharp(from).metadata()).icc);
    expect(await raw(out)).toEqual(await raw(to));
    // Inserting twice has the effect of inserting once.
    expect(withJpegMetadata(out, jpegMetadata(from))).toEqual(out);
  });

  test("fill bytes before a marker, and markers without a length, hide nothing", async () => {
    const plain = await said(10).jpeg().toBuffer();
    for (const inserted of [[0xff], [0xff, 0xff, 0xff], [0xff, 0xd0], [0xff, 0x01]]) {
      const from = Buffer.concat([plain.subarray(0, 2), Buffer.from(inserted), plain.subarray(2)]);
      expect((await sharp(from).metadata()).icc, "the file is sound").toBeDefined();
      expect(jpegMetadata(from), String(inserted)).toEqual(jpegMetadata(plain));
      const out = withJpegMetadata(from, jpegMetadata(plain));
      expect((await sharp(out).metadata()).orientation).toBe(1);
    }
  });

  test("cut off anywhere, nothing is thrown", async () => {
    const from = await said(10).jpeg().toBuffer();
    for (let length = 0; length < from.length; length += 7) jpegMetadata(from.subarray(0, length));
  });

  test("Display P3 is known by its profile's description", async () => {
    const iccOf = async (image: Sharp) => jpegMetadata(await image.jpeg().toBuffer()).icc;
    expect(isDisplayP3(await iccOf(said(10)))).toBe(false); // sharp's own is called "sP3C"
    const profile = Uint8Array.from("...D\0i\0s\0p\0l\0a\0y\0 \0P\x003\0", (c) => c.charCodeAt(0));
    expect(isDisplayP3(profile)).toBe(true);
    expect(isDisplayP3(await iccOf(picture(10).withMetadata({ icc: "srgb" })))).toBe(false);
  });

  test("a profile of many segments comes along whole", async () => {
    const icc = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) % 256);
    const out = withJpegMetadata(await picture(10).jpeg().toBuffer(), { icc });
    expect(jpegMetadata(out).icc).toEqual(icc);
  });
});

describe("PNG", () => {
  test("EXIF with orientation 1 and profile come along; pixels are the other file's", async () => {
    const { icc, exif } = await sharp(await said(10).jpeg().toBuffer()).metadata();
    const metadata = { icc: icc!, exif: exifBody(exif!) };
    const from = withPngMetadata(await picture(10).png().toBuffer(), metadata);
    const to = await picture(200).png().toBuffer();
    const out = withPngChunks(to, pngMetadata(from));
    const about = await sharp(out).metadata();
    expect(about.icc).toEqual(icc);
    expect(uprightExif(exifBody(exif!))).not.toEqual(exifBody(exif!));
    expect(exifBody(about.exif!)).toEqual(uprightExif(exifBody(exif!)));
    expect(await raw(out)).toEqual(await raw(to));
    expect(withPngChunks(out, pngMetadata(from))).toEqual(out);
  });

  test("XMP comes along with orientation 1, and the chunk's checksum fits", async () => {
    const xmp = (orientation: number) => Buffer.from(`<x tiff:Orientation="${orientation}"/>`);
    const png = await picture(10).png().toBuffer();
    const out = withPngChunks(png, pngMetadata(withPngMetadata(png, { xmp: xmp(6) })));
    expect(out).toEqual(new Uint8Array(withPngMetadata(png, { xmp: xmp(1) })));
  });

  test("density comes along", async () => {
    const from = withPngMetadata(await picture(10).png().toBuffer(), { density: 300 });
    const out = withPngChunks(await picture(200).png().toBuffer(), pngMetadata(from));
    expect((await sharp(out).metadata()).density).toBe(300);
  });

  test("cut off anywhere, nothing is thrown", async () => {
    const from = await said(10).png().toBuffer();
    for (let length = 8; length < from.length; length++) pngMetadata(from.subarray(0, length));
  });
});

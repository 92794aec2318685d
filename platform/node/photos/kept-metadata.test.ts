/** @file Metadata that cannot be kept are reported; metadata that determine the look of the pixels are kept. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { exifWithOrientation } from "../../../src/images/exif.js";
import { colourCodeOf, withColourCode } from "../../../src/images/iso-colour.js";
import { attachmentsOf } from "../../../src/images/jpeg-attachments.js";
import { jfifDensity, jpegEnd, jpegMetadata, withJpegMetadata } from "../../../src/images/jpeg-segments.js";
import { pngChunks } from "../../../src/images/png-chunks.js";
import { jpegWith, pngWith, tiffOf } from "../../../test/crafted-pictures.js";
import { encodeImage, readImage } from "./image-file.js";
import { pngColour } from "./lean-png.js";

/** Small files of every kind, beside the project. */
const FILES = join(import.meta.dirname, "../../../../shared/files");

const GAMMA_1 = Buffer.from([0, 1, 0x86, 0xa0]);
const PQ = Buffer.from([9, 16, 0, 1]);

test.each([
  ["gAMA", GAMMA_1],
  ["cICP", PQ],
  ["sRGB", Buffer.from([0])],
])("%s of a PNG is in the PNG that is written", async (type, body) => {
  const png = await pngWith([type, body]);
  const photo = await readImage(png);
  const written = await encodeImage(photo);
  expect(pngColour(written)).toEqual(pngColour(png));
  expect(Buffer.from(written).includes(Buffer.concat([Buffer.from(type), body]))).toBe(true);
  const again = await readImage(written);
  expect([again.raster, again.metadata.pngColour]).toEqual([photo.raster, photo.metadata.pngColour]);
  expect((await readImage(await encodeImage(photo, { format: "jpeg" }))).raster.width).toBe(64);
});

const IPTC = Buffer.from([0x1c, 2, 120, 0, 4, ...Buffer.from("Word"), 0]);
/** A Photoshop block: its number, an empty name, its length and its content, padded to an even length. */
const block = (number: number, body: Buffer) =>
  Buffer.concat([
    Buffer.from("8BIM"),
    Buffer.from([number >> 8, number & 255, 0, 0, 0, 0, 0, body.length]),
    body,
    Buffer.alloc(body.length % 2),
  ]);

test("IPTC of a JPEG is in the JPEG that is written, without Photoshop's preview", async () => {
  const [caption, preview] = [block(0x0404, IPTC), block(0x040c, Buffer.from("an old preview"))];
  const photo = await readImage(await jpegWith(0xed, "Photoshop 3.0\0", preview, caption));
  expect(photo.warnings).toEqual([]);
  const written = await encodeImage(photo);
  expect(Buffer.from((await sharp(written).metadata()).iptc!).includes("Word")).toBe(true);
  expect(Buffer.from(written).includes("preview")).toBe(false);
  expect((await readImage(written)).metadata.photoshop).toEqual(new Uint8Array(caption));
});

describe("data after the picture of a JPEG", () => {
  const gainMap = () => readFile(join(FILES, "ultrahdr.jpg"));
  const film = Buffer.concat([Buffer.from("\0\0\0\x18ftypmp42", "latin1"), Buffer.alloc(5000, 7)]);

  test("a gain map is kept, where decoders find it", async () => {
    const bytes = await gainMap();
    const photo = await readImage(bytes);
    expect(photo.warnings).toEqual([]);
    const written = await encodeImage(photo);
    const [before, after] = [(await sharp(bytes).metadata()).gainMap!, (await sharp(written).metadata()).gainMap!];
    expect(Buffer.compare(after.image, before.image)).toBe(0);
    expect(Buffer.from(photo.metadata.xmp!).toString()).toContain(`Item:Length="${before.image.length}"`);
    // The index of pictures: the primary ends where the gain map begins.
    const mark = Buffer.from(written).indexOf("MPF\0") + 4;
    const view = new DataView(written.buffer, written.byteOffset + mark);
    const [primary, length, offset] = [view.getUint32(54), view.getUint32(70), view.getUint32(74)];
    expect(primary).toBe(mark + offset);
    expect(Buffer.compare(written.subarray(primary, primary + length), before.image)).toBe(0);
    expect(written.length).toBe(primary + length);
    expect(await readImage(written)).toMatchObject({ metadata: photo.metadata });
  });

  test.each([3, 6, 8])("the gain map of a photo stored with orientation %i is rotated with it", async (orientation) => {
    const plain = Buffer.from(await encodeImage(await readImage(await gainMap())));
    const turned = withJpegMetadata(plain, { ...jpegMetadata(plain), exif: exifWithOrientation(orientation) });
    const { end } = jpegEnd(turned);
    expect(turned.length, "the gain map is behind").toBeGreaterThan(end!);
    const photo = await readImage(turned);
    const [before, after] = [
      await sharp((await readImage(plain)).metadata.gainMap!).metadata(),
      await sharp(photo.metadata.gainMap!).metadata(),
    ];
    expect([after.width, after.height]).toEqual(
      orientation === 3 ? [before.width, before.height] : [before.height, before.width],
    );
    const written = await encodeImage(photo);
    const found = (await sharp(written).metadata()).gainMap!.image;
    expect(Buffer.compare(found, photo.metadata.gainMap!)).toBe(0);
    expect(found.includes("hdrgm:GainMapMax")).toBe(true);
    expect(Buffer.from(photo.metadata.xmp!).toString()).toContain(`Item:Length="${found.length}"`);
    // The example's gain map is brighter at one side, which must turn with the pixels.
    const side = async (map: Uint8Array) =>
      (await sharp(map).resize(2, 2, { fit: "fill" }).greyscale().raw().toBuffer()) as Buffer;
    const [a, b] = [await side((await readImage(plain)).metadata.gainMap!), await side(photo.metadata.gainMap!)];
    const expected = { 3: [3, 2, 1, 0], 6: [2, 0, 3, 1], 8: [1, 3, 0, 2] }[orientation]!;
    for (const [to, from] of expected.entries()) expect(Math.abs(b[to]! - a[from]!)).toBeLessThan(12);
  });

  test("another format cannot hold it, and does not declare it", async () => {
    const png = await encodeImage(await readImage(await gainMap()), { format: "png" });
    const xmp = Buffer.from((await readImage(png)).metadata.xmp!).toString();
    expect(xmp).toContain("Primary");
    expect(xmp).not.toMatch(/GainMap|hdrgm:Version/);
  });

  test("a motion photo keeps its film, at the end as its XMP says", async () => {
    const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf GCamera:MotionPhoto="1" GCamera:MicroVideoOffset="${film.length}"/></x:xmpmeta>`;
    const bytes = Buffer.concat([await jpegWith(0xe1, "http://ns.adobe.com/xap/1.0/\0", xmp), film]);
    const photo = await readImage(bytes);
    expect(photo.warnings).toEqual([]);
    const written = Buffer.from(await encodeImage(photo));
    expect(written.subarray(-film.length).equals(film)).toBe(true);
    expect((await sharp(written).metadata()).xmp!.toString()).toBe(xmp);
    const webp = await encodeImage(photo, { format: "webp" });
    expect((await sharp(webp).metadata()).xmp!.toString()).toBe(xmp.replace('Photo="1"', 'Photo="0"'));
  });

  test("a declared film that is missing is no longer declared", async () => {
    const xmp = (offer: number) =>
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf GCamera:MotionPhoto="${offer}"/></x:xmpmeta>`;
    const photo = await readImage(await jpegWith(0xe1, "http://ns.adobe.com/xap/1.0/\0", xmp(1)));
    expect(Buffer.from(photo.metadata.xmp!).toString()).toBe(xmp(0));
  });

  test("a preview after the picture is not kept, because it shows the original", async () => {
    const plain = await jpegWith(0xe5, "nothing");
    expect((await encodeImage(await readImage(Buffer.concat([plain, plain])))).length).toBe(
      (await encodeImage(await readImage(plain))).length,
    );
  });

  test("a file designed to be slow takes seconds at most", () => {
    const jpeg = Buffer.from("\xff\xd8\xff\xe0\0\x04ab\xff\xd9", "latin1");
    for (const part of [
      jpeg,
      Buffer.concat([jpeg, Buffer.alloc(3)]),
      Buffer.from("\xff\xd8\xff", "latin1"),
      Buffer.from("fty"),
    ]) {
      const bytes = Buffer.concat([jpeg, ...Array.from({ length: 2e6 / part.length }, () => part)]);
      const startedAt = performance.now();
      attachmentsOf(bytes, jpeg.length);
      expect(performance.now() - startedAt, part.toString("latin1")).toBeLessThan(3000);
    }
  });
});

describe("density", () => {
  test.each(["png", "jpeg", "webp", "avif"] as const)("%s without one gets none", async (format) => {
    const photo = await readImage(
      await sharp(await pngWith())
        .toFormat(format)
        .toBuffer(),
    );
    expect(photo.metadata.density).toBeUndefined();
    const png = await encodeImage(photo, { format: "png" });
    expect([...pngChunks(png)].map(({ type }) => type)).not.toContain("pHYs");
    expect(jfifDensity(await encodeImage(photo, { format: "jpeg" }))).toBeUndefined();
  });

  test("of JFIF and of pHYs is kept", async () => {
    for (const format of ["png", "jpeg"] as const) {
      const photo = await readImage(
        await sharp(await pngWith())
          .withMetadata({ density: 300 })
          .toFormat(format)
          .toBuffer(),
      );
      for (const other of ["png", "jpeg"] as const)
        expect((await readImage(await encodeImage(photo, { format: other }))).metadata.density).toBe(300);
    }
  });
});

test("a profile for other pixels, such as CMYK, is not written", async () => {
  const photo = await readImage(join(FILES, "cmyk.jpg"));
  expect(photo.warnings).toEqual(["the photo's colours (CMYK) were converted to sRGB"]);
  const icc = Buffer.concat([Buffer.alloc(16), Buffer.from("CMYK"), Buffer.alloc(200)]);
  const written = await encodeImage({ ...photo, metadata: { icc } });
  expect((await sharp(written).metadata()).icc).toBeUndefined();
});

test.each([
  ["grey8-trns.png", 2, Uint8Array],
  ["rgb16-trns.png", 4, Uint16Array],
  ["lossless-alpha.webp", 4, Uint8Array],
  ["bigendian16.tif", 3, Uint16Array],
  ["rgb16-gama-linear.png", 3, Uint16Array],
  ["samsung-sos.jpg", 3, Uint8Array],
  ["ten.avif", 3, Uint16Array],
] as const)("%s: %i channels and its depth come back", async (name, channels, kind) => {
  const { raster, format, warnings } = await readImage(join(FILES, name));
  expect([raster.channels, raster.data.constructor, warnings]).toEqual([channels, kind, []]);
  const again = await readImage(await encodeImage({ raster, format, metadata: {} }));
  expect([again.raster.channels, again.raster.data.constructor]).toEqual([channels, kind]);
});

describe("an HDR AVIF", () => {
  const PQ_CODE = { primaries: 9, transfer: 16 };
  const pixels = Uint16Array.from({ length: 3 * 64 * 48 }, (_, i) => (i * 97) % 65_536);
  const encoded = (alpha: boolean) => {
    const image = sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } }).toColourspace("rgb16");
    return (alpha ? image.ensureAlpha(0.5) : image)
      .avif({ bitdepth: 10, quality: 90, chromaSubsampling: "4:4:4" })
      .toBuffer();
  };

  test.each([false, true])("keeps its colour codes and its pixels; with alpha: %s", async (alpha) => {
    const plain = await encoded(alpha);
    expect((await readImage(plain)).metadata.colourCode).toBeUndefined();
    const pq = withColourCode(plain, PQ_CODE)!;
    const photo = await readImage(pq);
    expect(photo.metadata.colourCode).toEqual(PQ_CODE);
    // The encoder's YCbCr matches the added box, so a decoder returns the same values.
    expect(photo.raster.data).toEqual((await readImage(plain)).raster.data);
    const written = await encodeImage(photo);
    expect(colourCodeOf(written)).toEqual(PQ_CODE);
    expect((await readImage(written)).raster.channels).toBe(alpha ? 4 : 3);
  });

  test("and a PNG of the kind, from one to the other", async () => {
    const avif = await readImage(withColourCode(await encoded(false), PQ_CODE)!);
    const png = await encodeImage(avif, { format: "png" });
    expect(Buffer.from(png).includes(Buffer.concat([Buffer.from("cICP"), PQ]))).toBe(true);
    expect(colourCodeOf(await encodeImage(await readImage(png), { format: "avif" }))).toEqual(PQ_CODE);
  });

  test("cut off anywhere, nothing is thrown", async () => {
    const whole = withColourCode(await encoded(false), PQ_CODE)!;
    for (let length = 0; length < 1000; length += 3) {
      colourCodeOf(whole.subarray(0, length));
      withColourCode(whole.subarray(0, length), PQ_CODE);
    }
  });
});

test("more channels than grey or RGB with transparency are refused, not dropped", async () => {
  expect((await readImage(tiffOf(16, 12, 3))).raster.channels).toBe(3);
  const four = await readImage(tiffOf(16, 12, 4));
  expect([four.raster.channels, four.warnings]).toEqual([
    4,
    ["the photo's last channel, which its file does not name, was read as transparency"],
  ]);
  const rgba = await encodeImage({ ...four, metadata: {} });
  expect((await readImage(rgba)).warnings).toEqual([]);
  await expect(readImage(tiffOf(16, 12, 5))).rejects.toMatchObject({
    code: "image",
    message: "image: it has 5 channels; expected grey or RGB, with or without transparency: convert it first",
  });
});

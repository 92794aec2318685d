import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import type { Raster } from "../../../src/images/image.js";
import { IMAGE_FORMATS, type ImageFormat, type Photo } from "../../../src/images/photo.js";
import {
  failure,
  gradientRaster,
  jpegWithExif,
  plainPhoto,
  pngWith,
  webpWith,
} from "../../../test/crafted-pictures.js";
import { encodeImage, readImage, readRgb, writeImage } from "./image-file.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-images-"));
afterAll(() => rmSync(folder, { recursive: true }));

const meanError = (a: Raster, b: Raster): number =>
  Array.from(a.data).reduce((sum, v, i) => sum + Math.abs(v - b.data[i]!), 0) / a.data.length;

describe("every format, depth and kind of channels", () => {
  const kinds = [1, 2, 3, 4] as const;
  const depths = [8, 16] as const;
  const formats = Object.keys(IMAGE_FORMATS) as ImageFormat[];
  test.each(
    formats.flatMap((format) => depths.flatMap((depth) => kinds.map((kind) => [format, depth, kind] as const))),
  )("%s, %i bits, %i channels", async (format, depth, channels) => {
    const raster = gradientRaster(channels, depth);
    const read = await readImage(await encodeImage(plainPhoto(raster, format)));
    expect(read.format).toBe(format);
    expect([read.raster.width, read.raster.height]).toEqual([37, 23]);
    if (format === "png" || format === "tiff") {
      expect(read.raster).toEqual(raster);
      return;
    }
    // Limits of the formats: JPEG has no alpha, WebP and AVIF have no grey, only AVIF has more than 8 bits.
    const hasGrey = format === "jpeg";
    const colours = channels <= 2 && hasGrey ? 1 : 3;
    const alpha = channels % 2 === 0 && IMAGE_FORMATS[format].alpha ? 1 : 0;
    expect(read.raster.channels).toBe(colours + alpha);
    const words = depth === 16 && IMAGE_FORMATS[format].deep;
    expect(read.raster.data).toBeInstanceOf(words ? Uint16Array : Uint8Array);
    const top = depth === 16 ? 65535 : 255;
    const expected = Float64Array.from({ length: read.raster.data.length }, (_, i) => {
      const pixel = Math.floor(i / (colours + alpha)) * channels;
      const channel = i % (colours + alpha);
      const opacity = channels % 2 === 0 ? raster.data[pixel + channels - 1]! / top : 1;
      if (alpha && channel === colours) return opacity;
      const value = raster.data[pixel + (channels <= 2 ? 0 : channel)]! / top;
      return alpha ? value : value * opacity + (1 - opacity); // JPEG: onto white
    });
    const unit = words ? 65535 : 255;
    const error = Array.from(read.raster.data).reduce((sum, v, i) => sum + Math.abs(v / unit - expected[i]!), 0);
    expect((255 * error) / expected.length, "mean error in 8-bit steps").toBeLessThan(format === "webp" ? 2.5 : 1.5);
  });

  test("AVIF of 16 bits keeps 10", async () => {
    const raster = gradientRaster(3, 16);
    const read = await readImage(await encodeImage({ ...plainPhoto(raster, "avif") }, { quality: 100 }));
    expect(meanError(read.raster, raster)).toBeLessThan(130); // 65535 / 1023 = 64 a step; 8 bits would be 257
  });

  test("palette, 1-bit and CMYK pictures become RGB or grey", async () => {
    const { data, width, height } = gradientRaster(3, 8);
    const make = () => sharp(data, { raw: { width, height, channels: 3 } });
    const palette = await readImage(await make().png({ palette: true, colours: 16 }).toBuffer());
    expect(palette.raster.channels).toBe(3);
    const bits = await readImage(await make().toColourspace("b-w").threshold().tiff({ bitdepth: 1 }).toBuffer());
    expect([bits.raster.channels, [...new Set(bits.raster.data)].sort()]).toEqual([1, [0, 255]]);
    const cmyk = await readImage(await make().toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer());
    expect([cmyk.raster.channels, cmyk.metadata.icc]).toEqual([3, undefined]);
    expect(meanError(cmyk.raster, gradientRaster(3, 8))).toBeLessThan(30); // the gamut of paper
  });

  test("readRgb gives RGB bytes of every kind", async () => {
    for (const channels of kinds)
      for (const depth of depths) {
        const raster = gradientRaster(channels, depth);
        const rgb = await readRgb(await encodeImage(plainPhoto(raster)));
        expect([rgb.channels, rgb.data.length]).toEqual([3, 37 * 23 * 3]);
        const pixel = 300;
        for (const colour of [0, 1, 2]) {
          const value = raster.data[pixel * channels + (channels <= 2 ? 0 : colour)]! / (depth === 16 ? 257 : 1);
          expect(Math.abs(rgb.data[pixel * 3 + colour]! - value)).toBeLessThan(1);
        }
      }
  });
});

describe("metadata of a file", () => {
  // 2 x 3 pixels, all different: value = 10 * row + column, as a viewer shows it.
  const upright = [0, 1, 10, 11, 20, 21];
  // Position at which the stored pixel (row, column) is displayed for each orientation (EXIF 2.3, tag 0x0112).
  const seenAt: Record<number, (row: number, column: number) => [number, number]> = {
    1: (r, c) => [r, c],
    2: (r, c) => [r, 1 - c],
    3: (r, c) => [2 - r, 1 - c],
    4: (r, c) => [2 - r, c],
    5: (r, c) => [c, r],
    6: (r, c) => [c, 1 - r],
    7: (r, c) => [2 - c, 1 - r],
    8: (r, c) => [2 - c, r],
  };

  test.each(
    (["png", "jpeg", "tiff", "webp"] as const).flatMap((format) =>
      [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => [format, orientation] as const),
    ),
  )("%s with orientation %i is turned upright once", async (format, orientation) => {
    const [rows, columns] = orientation <= 4 ? [3, 2] : [2, 3];
    const stored = new Uint8Array(rows! * columns!);
    for (let r = 0; r < rows!; r++)
      for (let c = 0; c < columns!; c++) {
        const [row, column] = seenAt[orientation]!(r, c);
        stored[r * columns! + c] = 5 * (10 * row + column); // 0 .. 105, far apart
      }
    const scale = 16; // blocks, so that JPEG keeps them apart
    const raw = { width: columns!, height: rows!, channels: 1 as const };
    const bytes = await sharp(await sharp(stored, { raw }).png().toBuffer())
      .resize(columns! * scale, rows! * scale, { kernel: "nearest" })
      .toColourspace("b-w")
      .withMetadata({ orientation })
      .toFormat(format, { quality: 100, ...(format === "tiff" ? { compression: "lzw" } : {}) } as object)
      .toBuffer();
    expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
    const photo = await readImage(bytes);
    const seen = ({ raster }: Photo) =>
      upright.map((_, i) => {
        const at = (Math.floor(i / 2) * scale + 8) * raster.width + (i % 2) * scale + 8;
        return Math.round(raster.data[at * raster.channels]! / 5);
      });
    expect([photo.raster.width, photo.raster.height]).toEqual([2 * scale, 3 * scale]);
    expect(seen(photo)).toEqual(upright);
    const again = await readImage(await encodeImage(photo));
    expect(seen(again)).toEqual(upright);
    expect((await sharp(await encodeImage(photo)).metadata()).orientation ?? 1).toBe(1);
  });

  /** EXIF with an orientation only, stored in this type. */
  const exifWith = (little: boolean, type: number, orientation: number, entries = 1): Buffer => {
    const exif = Buffer.alloc(30);
    const view = new DataView(exif.buffer, exif.byteOffset);
    exif.write(little ? "II" : "MM");
    view.setUint16(2, 42, little);
    view.setUint32(4, 8, little);
    view.setUint16(8, entries, little);
    view.setUint16(10, 0x0112, little);
    view.setUint16(12, type, little);
    view.setUint32(14, 1, little);
    if (type === 1) view.setUint8(18, orientation);
    else if (type === 3 || type === 8) view.setUint16(18, orientation, little);
    else view.setUint32(18, orientation, little);
    return exif;
  };
  const types = { BYTE: 1, SHORT: 3, LONG: 4, SSHORT: 8, SLONG: 9 };
  const holders = {
    PNG: (exif: Buffer) => pngWith(["eXIf", exif]),
    JPEG: (exif: Buffer) => jpegWithExif(exif),
    "JPEG with fill bytes": (exif: Buffer) => jpegWithExif(exif, 3),
    WebP: (exif: Buffer) => webpWith("EXIF", exif),
  };

  test.each(
    Object.entries(holders).flatMap(([holder, make]) =>
      Object.entries(types).flatMap(([type, code]) =>
        [true, false].flatMap((little) =>
          [1, 200].map((entries) => [holder, type, little ? "little" : "big", entries, make, code] as const),
        ),
      ),
    ),
  )(
    "%s: an orientation as %s, %s-endian, in a directory of %i, is obeyed once",
    async (_, __, order, entries, make, code) => {
      const bytes = await make(exifWith(order === "little", code, 6, entries));
      expect((await sharp(bytes).metadata()).orientation, "the decoder obeys it").toBe(6);
      const photo = await readImage(bytes);
      expect([photo.raster.width, photo.raster.height]).toEqual([48, 64]);
      const written = await encodeImage(photo);
      expect((await sharp(written).metadata()).orientation ?? 1).toBe(1);
      expect((await readImage(written)).raster.width).toBe(48);
    },
  );

  test("60 MB of XMP are left out at once, with a warning", async () => {
    const bytes = await webpWith("XMP ", Buffer.alloc(60e6, "x"));
    const before = process.resourceUsage().maxRSS;
    const { metadata, warnings } = await readImage(bytes);
    expect([metadata, warnings]).toEqual([
      expect.not.objectContaining({ xmp: expect.anything() }),
      ["the photo's XMP was left out: it is damaged or has more than 8 MB"],
    ]);
    expect((process.resourceUsage().maxRSS - before) / 1000, "MB more").toBeLessThan(700); // 1,900 with a string a byte
  });

  const withEverything = async (format: ImageFormat): Promise<Buffer> => {
    const { data, width, height } = gradientRaster(3, 8);
    return sharp(data, { raw: { width, height, channels: 3 } })
      .withIccProfile("p3")
      .withExif({ IFD0: { Copyright: "A. Photographer", Make: "Maker" }, IFD2: { FNumber: "28/10" } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>')
      .toFormat(format, { quality: 95 } as object)
      .toBuffer();
  };

  test.each(["png", "jpeg", "webp", "avif", "tiff"] as const)("%s keeps profile, EXIF and XMP", async (format) => {
    const bytes = await withEverything(format);
    const stored = await sharp(bytes).metadata();
    const photo = await readImage(bytes);
    const written = await encodeImage(photo);
    const after = await sharp(written).metadata();
    expect(stored.icc!.length).toBeGreaterThan(100);
    expect(Buffer.compare(after.icc!, stored.icc!)).toBe(0);
    expect(after.xmp!.toString()).toContain('tiff:Orientation="1"');
    if (format === "tiff")
      expect(after.exif).toBeUndefined(); // libvips reads none
    else for (const text of ["A. Photographer", "Maker"]) expect(after.exif!.includes(text)).toBe(true);
    // The profile is kept, not applied: the values are those in the file.
    const raw = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect(Buffer.compare(raw, Buffer.from(photo.raster.data as Uint8Array))).toBe(0);
    expect(meanError((await readImage(written)).raster, photo.raster)).toBeLessThan(format === "avif" ? 2 : 1);
  });

  test("16-bit and alpha survive beside a profile; density is kept", async () => {
    const { icc } = (await readImage(await withEverything("png"))).metadata;
    for (const channels of [3, 4] as const)
      for (const format of ["png", "tiff"] as const) {
        const raster = gradientRaster(channels, 16);
        const photo = await readImage(await encodeImage({ raster, format, metadata: { icc: icc!, density: 300 } }));
        expect(photo.raster).toEqual(raster);
        expect(photo.metadata.icc).toEqual(icc);
        expect(photo.metadata.density).toBe(300);
      }
  });

  test("a picture with an unsuitable profile is still read", async () => {
    const { icc } = (await readImage(await withEverything("png"))).metadata;
    const raster = gradientRaster(1, 8); // grey, with a profile for RGB
    for (const format of ["png", "jpeg", "webp", "tiff"] as const)
      expect((await readImage(await encodeImage({ raster, format, metadata: { icc: icc! } }))).raster.width).toBe(37);
  });

  test("a picture with malformed metadata is still read", async () => {
    const rubbish = Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256);
    for (const format of ["png", "jpeg", "webp", "avif", "tiff"] as const) {
      const photo = { raster: gradientRaster(3, 8), format, metadata: { icc: rubbish, exif: rubbish, xmp: rubbish } };
      expect((await readImage(await encodeImage(photo))).raster.width).toBe(37);
    }
  });
});

describe("writing", () => {
  test("the ending determines the format; nothing else stays in the folder", async () => {
    const into = mkdtempSync(join(folder, "out-"));
    const photo = plainPhoto(gradientRaster(3, 8));
    for (const { extensions } of Object.values(IMAGE_FORMATS))
      for (const ending of extensions) {
        await writeImage(join(into, `a${ending.toUpperCase()}`), photo);
        await writeImage(join(into, `a${ending}`), photo);
        const read = await readImage(join(into, `a${ending}`));
        expect(IMAGE_FORMATS[read.format].extensions).toContain(ending);
      }
    expect(readdirSync(into).every((name) => /^a\.\w+$/.test(name))).toBe(true);
  });

  test("a failure keeps the old file and leaves no partial files", async () => {
    const into = mkdtempSync(join(folder, "out-"));
    const path = join(into, "a.webp");
    await writeImage(path, plainPhoto(gradientRaster(3, 8)));
    const before = readFileSync(path);
    const wide = gradientRaster(1, 8, 16_384, 1); // WebP ends at 16383
    expect(await failure(writeImage(path, plainPhoto(wide)))).toMatchObject({ code: "image" });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(await failure(writeImage(join(into, "no", "a.png"), plainPhoto(wide)))).toMatchObject({ code: "file" });
    expect(await failure(writeImage(join(into, "a.bmp"), plainPhoto(wide)))).toMatchObject({ code: "file" });
    expect(await failure(writeImage(into, plainPhoto(wide), { format: "png" }))).toMatchObject({ code: "file" });
    expect(readdirSync(into)).toEqual(["a.webp"]);
  });

  test("pixels that do not fit the size are an error, not a crash", async () => {
    const raster = { ...gradientRaster(3, 8), width: 36 };
    expect(await failure(encodeImage(plainPhoto(raster)))).toMatchObject({ code: "shape" });
  });
});

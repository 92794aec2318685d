/** @file Bad picture files are refused, or read as far as possible. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import type { ImageFormat } from "../../../src/images/photo.js";
import { animatedWebp, crc32, failure, gradientRaster, nestedSvg, plainPhoto } from "../../../test/crafted-pictures.js";
import { encodeImage, readImage, readRgb } from "./image-file.js";
import { openImage } from "./image-source.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-bad-images-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("bad files", () => {
  const good = async (format: ImageFormat) =>
    Buffer.from(await encodeImage(plainPhoto(gradientRaster(3, 8, 200, 150), format)));
  const file = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  test("missing, folder, through a file", async () => {
    const missing = await failure(readImage(join(folder, "none.png")));
    expect(missing).toMatchObject({ code: "file" });
    expect(missing.message).toMatch(/none\.png: there is no such file/);
    expect(await failure(readImage(folder))).toMatchObject({ code: "file" });
    expect(await failure(readImage(join(file("plain", "x"), "a.png")))).toMatchObject({ code: "file" });
  });

  test("empty, not a picture, another format", async () => {
    const empty = await failure(readImage(file("empty.jpg", "")));
    expect(empty).toMatchObject({ code: "image" });
    expect(empty.message).toMatch(/empty\.jpg: it is empty; expected a PNG, JPEG, WebP, AVIF, TIFF or HEIC picture/);
    const text = await failure(readImage(file("text.jpg", "this is not a picture at all, just text")));
    expect(text).toMatchObject({ code: "image" });
    expect(text.message).toMatch(/text\.jpg: it is not a picture of a known format/);
    const { data, width, height } = gradientRaster(3, 8);
    const gif = await sharp(data, { raw: { width, height, channels: 3 } })
      .gif()
      .toBuffer();
    expect((await failure(readImage(file("a.gif", gif)))).message).toMatch(/is a GIF picture; expected a PNG/);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    expect((await failure(readImage(file("a.svg", svg)))).message).toMatch(/is an SVG drawing; expected a PNG/);
  });

  test("a JPEG without its end is read as far as it goes, with a warning", async () => {
    const raster = gradientRaster(3, 8, 200, 150);
    for (const progressive of [false, true]) {
      const bytes = await sharp(raster.data, { raw: { width: 200, height: 150, channels: 3 } })
        .jpeg({ quality: 95, progressive })
        .toBuffer();
      const whole = (await readImage(bytes)).raster;
      for (const part of [0.4, 0.7, 1]) {
        const cut = file("cut.jpg", bytes.subarray(0, Math.floor(part * (bytes.length - 3))));
        const photo = await readImage(cut);
        const [width, rows] = [whole.width, progressive ? 0 : Math.floor(150 * (part - 0.3))];
        expect([photo.raster.width, photo.raster.height]).toEqual([width, 150]);
        expect(photo.raster.data.subarray(0, 600 * rows)).toEqual(whole.data.subarray(0, 600 * rows));
        const extent =
          part === 1 || progressive ? /details may be coarse|about \d % / : /about \d\d % of the picture is missing/;
        expect(photo.warnings![0]).toMatch(/^the end of the photo's file is missing: /);
        expect(photo.warnings![0]).toMatch(extent);
        expect(await failure(readRgb(cut))).toMatchObject({ code: "image" });
      }
    }
  });

  test.each(["png", "jpeg", "webp", "avif", "tiff"] as const)("%s cut off anywhere", async (format) => {
    const bytes = await good(format);
    for (const part of [0.02, 0.3, 0.6, 0.95]) {
      const cut = bytes.subarray(0, Math.ceil(bytes.length * part));
      for (const read of format === "jpeg" && part > 0.2 ? [readRgb] : [readImage, readRgb]) {
        const error = await failure(read(file(`cut.${format}`, cut)));
        expect(error, `${part} of the file: ${error.message}`).toMatchObject({ name: "UnblurError", code: "image" });
        expect(error.message).toContain(`cut.${format}: it is `);
      }
    }
  });

  test("a header of 65535 x 65535 is refused without decoding", async () => {
    const png = Buffer.from(await good("png"));
    png.writeUInt32BE(65535, 16);
    png.writeUInt32BE(65535, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    const jpeg = await good("jpeg");
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65535, frame + 5);
    jpeg.writeUInt16BE(65535, frame + 7);
    const beyond = await failure(readImage(file("beyond.jpg", jpeg))); // more than the decoder's own limit
    expect(beyond).toMatchObject({ code: "image" });
    expect(beyond.message).toMatch(/beyond\.jpg: .*Maximum supported image dimension is 65500 pixels/);
    jpeg.writeUInt16BE(65500, frame + 5);
    jpeg.writeUInt16BE(65500, frame + 7);
    for (const [name, bytes] of [
      ["huge.png", png],
      ["huge.jpg", jpeg],
    ] as const) {
      const before = performance.now();
      const error = await failure(readImage(file(name, bytes)));
      expect(error).toMatchObject({ code: "image" });
      expect(error.message).toMatch(/655\d\d x 655\d\d = 429\d{7} pixels; expected at most 200000000/);
      expect(performance.now() - before).toBeLessThan(2000);
    }
    expect(await failure(readImage(await good("png"), { maxPixels: 29_999 }))).toMatchObject({ code: "image" });
    expect((await readImage(await good("png"), { maxPixels: 30_000 })).raster.width).toBe(200);
  });

  test("an animation is refused, not shortened", async () => {
    const frames = gradientRaster(3, 8, 16, 32);
    const animated = await sharp(frames.data, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } })
      .webp({ loop: 0, delay: [100, 100] })
      .toBuffer();
    const message = /^clip\.webp: it is an animation; expected a single picture/;
    expect((await failure(readImage(animated, { name: "clip.webp" }))).message).toMatch(message);
    const pages = await sharp(frames.data, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } })
      .tiff()
      .toBuffer();
    expect((await failure(readImage(pages))).message).toMatch(/holds several pages; expected one/);
  });

  test("inputs that would take a decoder seconds are refused before: 30,000 frames, nested drawings", async () => {
    // libvips takes 2 s and more for the header of the first, and the time grows with the square of the frames.
    const inputs = [await animatedWebp(30_000), nestedSvg(30, 10)];
    const startedAt = performance.now();
    for (const input of inputs) expect(await failure(readImage(input))).toMatchObject({ code: "image" });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test("a decoder's reasons are shortened to two", async () => {
    const reasons = ["first", "second", "third", "x".repeat(500)].map((reason) => `VipsForeignLoad: ${reason}`);
    const { damaged } = await openImage(await good("png"));
    const { message } = damaged(new Error(reasons.join("\n")));
    expect(message).toMatch(/\(VipsForeignLoad: first; VipsForeignLoad: second\)/);
    expect(damaged(new Error("y".repeat(5000))).message.length).toBeLessThan(300);
    expect(damaged(new Error(`${"y".repeat(5000)}\n${"z".repeat(5000)}`)).message.length).toBeLessThan(300);
  });
});

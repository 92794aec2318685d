/** @file Files as phones and programs write them, opened and saved by the page as by the command line. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect } from "vitest";
import { readImage } from "../../platform/node/photos/image-file.js";
import { exifWithOrientation } from "../../src/images/exif.js";
import { jpegEnd, jpegMetadata, withJpegMetadata } from "../../src/images/jpeg-segments.js";
import { jpegWith } from "../crafted-pictures.js";
import { HEIC_PHOTO } from "../heic-photo.js";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { builtPage, type OpenPage, openSite, restoreInPage } from "./web-page.js";

const FILES = join(import.meta.dirname, "../../../shared/files");
const shared = (name: string) => readFile(join(FILES, name));

let folder: string;
beforeAll(async () => {
  folder = await builtPage();
});

/** Message of the page about a file: its size and warnings, or why it is refused. */
const opened = ({ page }: OpenPage, bytes: Uint8Array, name: string) =>
  page.evaluate<{ size: number[]; warnings: string[] } | string>(`(async () => {
    const bytes = Uint8Array.from(atob("${Buffer.from(bytes).toString("base64")}"), (character) => character.charCodeAt(0));
    try {
      const { photo } = await unblur.openPhoto(new Blob([bytes]), ${JSON.stringify(name)});
      return { size: [photo.width, photo.height], warnings: photo.warnings };
    } catch (error) {
      return error.message;
    }
  })()`);

const SAVED = { settings: { steps: 0, restoreSharp: true }, downloads: [{ what: 0, type: "image/jpeg" }] };

pageTest("kinds are known by content; animations are refused, a cut JPEG is opened", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm`);
  const pixels = Buffer.from(Array.from({ length: 3 * 16 * 32 }, (_, i) => (i * 37) % 251));
  const frames = sharp(pixels, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } });
  const animation = /^x: it is an animation; expected a single picture/;
  expect(await opened(site, await shared("animated.png"), "x")).toMatch(animation);
  const moving = Buffer.from(await frames.gif({ delay: [100, 100] }).toBuffer());
  expect(await opened(site, moving, "x")).toMatch(animation);
  const still = await sharp(Buffer.alloc(3 * 16 * 16, 90), { raw: { width: 16, height: 16, channels: 3 } })
    .gif()
    .toBuffer();
  expect(await opened(site, still, "x.jpg")).toEqual({ size: [16, 16], warnings: [] });
  expect(await opened(site, Buffer.from("%PDF-1.7 and so on"), "x")).toMatch(
    /^x: it is a PDF document; expected a JPEG/,
  );
  expect(await opened(site, await shared("deflate.tif"), "x")).toMatch(/^x: .*image\/tiff\) that this browser cannot/);
  const photo = await readFile(join(import.meta.dirname, "../../examples/friends-blurry.jpg"));
  for (const part of [0.5, 1])
    expect(await opened(site, photo.subarray(0, Math.floor(part * (photo.length - 3))), "cut.jpg")).toEqual({
      ...{ size: [639, 960] },
      warnings: ["the end of the photo's file is missing; a part of the picture may be missing, too"],
    });
  expect(site.errors).toEqual([]);
});

pageTest("HEIC is decoded where the browser cannot, and saved as JPEG with its metadata", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm`);
  expect(server.requests.filter((path) => path.includes("heif"))).toEqual([]);
  const { width, height, files } = await restoreInPage(site.page, {
    ...{ photo: HEIC_PHOTO, name: "IMG_1.HEIC", settings: SAVED.settings },
    downloads: [{ what: 0 }],
  });
  expect([width, height]).toEqual([64, 48]);
  expect(server.requests.filter((path) => path.includes("heif"))).toHaveLength(1);
  const [file] = files;
  expect([file!.name, file!.type]).toEqual(["IMG_1.unblurred.jpg", "image/jpeg"]);
  const [before, after] = [await readImage(HEIC_PHOTO), await readImage(file!.bytes)];
  expect(after.metadata).toEqual(before.metadata);
  expect(before.metadata).toMatchObject({ icc: expect.anything(), exif: expect.anything(), xmp: expect.anything() });
  expect(await opened(site, HEIC_PHOTO.subarray(0, 1500), "cut.heic")).toMatch(
    /^cut\.heic: it is damaged \(.*outside of file/,
  );
  expect(site.errors).toEqual([]);
});

pageTest("a gain map, turned, and a film are in the JPEG that is saved; IPTC too", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm`);
  const save = async (photo: Uint8Array) =>
    (await restoreInPage(site.page, { photo, name: "photo.jpg", ...SAVED })).files[0]!.bytes;

  const plain = await shared("ultrahdr.jpg");
  const gainMap = (await sharp(plain).metadata()).gainMap!.image;
  const upright = await save(plain);
  expect((await sharp(upright).metadata()).gainMap!.image.equals(gainMap)).toBe(true);

  const turned = withJpegMetadata(plain, { ...jpegMetadata(plain), exif: exifWithOrientation(6) });
  const saved = (await sharp(await save(turned)).metadata()).gainMap!.image;
  const [before, after] = [await sharp(gainMap).metadata(), await sharp(saved).metadata()];
  expect([after.width, after.height]).toEqual([before.height, before.width]);
  expect(saved.includes("hdrgm:GainMapMax")).toBe(true);

  const film = (await shared("motion-photo.jpg")).subarray(jpegEnd(await shared("motion-photo.jpg")).end!);
  const moving = await save(await shared("motion-photo.jpg"));
  expect(film.length).toBeGreaterThan(1000);
  expect(moving.subarray(-film.length).equals(film)).toBe(true);
  expect((await sharp(moving).metadata()).xmp!.toString()).toContain('GCamera:MotionPhoto="1"');

  const iptc = await save(await shared("iptc.jpg"));
  expect((await sharp(iptc).metadata()).iptc!.toString("latin1")).toContain("Caption");
  const cmyk = await save(await jpegWith(0xe2, "ICC_PROFILE\0\x01\x01", Buffer.alloc(16), "CMYK", Buffer.alloc(120)));
  expect((await sharp(cmyk).metadata()).icc?.toString("latin1", 16, 20)).not.toBe("CMYK");
  expect(site.errors).toEqual([]);
});

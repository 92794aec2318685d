/**
 * @file HEIC, the format of iPhones: read by the library and the service, written as JPEG or in the requested format.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isoMetadata } from "../../../src/images/iso-items.js";
import { commandLine } from "../../../test/command-line.js";
import { HEIC_PHOTO } from "../../../test/heic-photo.js";
import { writeIdentityModel } from "../../../test/identity-model.js";
import { encodeImage, readImage, readRgb } from "./image-file.js";

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-heic-"));
  await writeIdentityModel(at("identity"));
});
afterAll(() => rm(folder, { recursive: true }));

test("its pixels are the stored ones, upright, and its metadata are kept", async () => {
  const { raster, format, metadata, warnings } = await readImage(HEIC_PHOTO);
  expect([raster.width, raster.height, raster.channels, format, warnings]).toEqual([64, 48, 3, "jpeg", []]);
  let error = 0;
  for (let y = 0; y < 48; y++)
    for (let x = 0; x < 64; x++)
      for (const [c, value] of [4 * x, 5 * y, 2 * x + 2 * y].entries())
        error += Math.abs(raster.data[3 * (64 * y + x) + c]! - value);
  expect(error / raster.data.length).toBeLessThan(4);
  expect(Buffer.from(metadata.exif!).toString("latin1")).toContain("Test camera");
  expect(Buffer.from(metadata.xmp!).toString()).toContain('tiff:Orientation="1"');
  const written = await sharp(await encodeImage({ raster, format, metadata })).metadata();
  expect([written.format, written.orientation, written.icc?.length]).toEqual(["jpeg", 1, metadata.icc!.length]);
  expect((await readRgb(HEIC_PHOTO)).data).toEqual(raster.data);
});

test("metadata are found as the decoder finds them; a file cut off anywhere throws nothing", async () => {
  const { icc, exif, xmp } = (await readImage(HEIC_PHOTO)).metadata;
  const found = isoMetadata(HEIC_PHOTO, 8e6);
  expect([found.xmp, found.icc]).toEqual([xmp, new Uint8Array(icc!)]);
  expect(Buffer.from(found.exif!).subarray(0, exif!.length).equals(exif!)).toBe(true);
  expect(isoMetadata(HEIC_PHOTO, 10)).toEqual({});
  for (let length = 0; length < HEIC_PHOTO.length; length += 7) isoMetadata(HEIC_PHOTO.subarray(0, length), 8e6);
});

test("a damaged file is refused with a message, and nothing is printed", async () => {
  for (const part of [0.3, 0.6, 0.9])
    await expect(readImage(HEIC_PHOTO.subarray(0, part * HEIC_PHOTO.length), { name: "a.heic" })).rejects.toMatchObject(
      {
        code: "image",
        message: expect.stringMatching(/^a\.heic: it is damaged or cut off \(.{5,200}\); expected a complete/),
      },
    );
});

test("the command line writes JPEG, also for a sharp photo, and AVIF on request", async () => {
  await writeFile(at("IMG_1.HEIC"), HEIC_PHOTO);
  const run = (...argv: string[]) => commandLine(at("IMG_1.HEIC"), "--model", at("identity"), ...argv);
  expect(await run()).toMatchObject({ code: 0, out: `${at("IMG_1.unblurred.jpg")}\n` });
  expect(await run("--restore-sharp", "--force")).toMatchObject({ code: 0 });
  expect((await readImage(at("IMG_1.unblurred.jpg"))).format).toBe("jpeg");
  expect((await readFile(at("IMG_1.unblurred.jpg"))).subarray(0, 2).toString("hex")).toBe("ffd8");
  expect(await run("--format", "avif", "--out", at("out/"))).toMatchObject({ code: 0 });
  expect(await readdir(at("out"))).toEqual(["IMG_1.avif"]);
  expect((await readImage(at("out/IMG_1.avif"))).format).toBe("avif");
});

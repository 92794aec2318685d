/** @file What a photo's file holds beside pixels and cannot be kept is said; what gives the pixels their look is kept. */
import { expect, test } from "vitest";
import { jpegWith, pngWith, tiffOf } from "../../test/crafted-pictures.js";
import { encodeImage, readImage } from "./image-file.js";
import { pngColour } from "./lean-png.js";

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

test("IPTC is said to be left out", async () => {
  const iptc = Buffer.from([0x1c, 2, 120, 0, 4, ...Buffer.from("Word"), 0]);
  const resource = ["8BIM\x04\x04\0\0\0\0\0", Buffer.from([iptc.length]), iptc] as const;
  const { warnings } = await readImage(await jpegWith(0xed, "Photoshop 3.0\0", ...resource));
  expect(warnings).toEqual(["the photo's IPTC metadata (caption, author) was left out"]);
});

test("a motion photo's film is said to be left out, and not promised by the result", async () => {
  const xmp = (film: number) => `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf GCamera:MotionPhoto="${film}"/></x:xmpmeta>`;
  const photo = await readImage(await jpegWith(0xe1, "http://ns.adobe.com/xap/1.0/\0", xmp(1)));
  expect(photo.warnings).toEqual(["the film of the motion photo was left out"]);
  expect(Buffer.from(photo.metadata.xmp!).toString()).toBe(xmp(0));
});

test("more channels than grey or RGB with transparency are refused, not dropped", async () => {
  expect((await readImage(tiffOf(16, 12, 3))).raster.channels).toBe(3);
  expect((await readImage(tiffOf(16, 12, 4))).raster.channels).toBe(4);
  await expect(readImage(tiffOf(16, 12, 5))).rejects.toMatchObject({
    code: "image",
    message: "image: has 5 channels; expected grey or RGB, with or without transparency: convert it first",
  });
});

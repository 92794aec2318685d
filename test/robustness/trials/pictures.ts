/** @file One trial: a damaged photo is read; if it can be read, it is written and read again. */
import sharp, { type Sharp } from "sharp";
import { encodeImage, readImage } from "../../../platform/node/photos/image-file.js";
import { Rng } from "../../../src/base/random.js";
import type { Trial } from "../children.js";
import { damaged } from "../mutate.js";

const [WIDTH, HEIGHT] = [37, 23];
const XMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>`;
const pixels = (channels: number): Buffer =>
  Buffer.from(Uint8Array.from(Rng.fromSeed(channels).uniforms(WIDTH * HEIGHT * channels), (value) => 256 * value));

/** A small picture of noise; `full` ones carry EXIF, XMP, a profile and an orientation. */
function picture(channels: 1 | 3 | 4, full: boolean): Sharp {
  const image = sharp(pixels(channels), { raw: { width: WIDTH, height: HEIGHT, channels } });
  if (!full) return image;
  const exif = { IFD0: { ImageDescription: "a description", Copyright: "nobody" }, IFD2: { FNumber: "28/10" } };
  return image.withExif(exif).withXmp(XMP).withIccProfile("p3").withMetadata({ orientation: 6, density: 300 });
}

const seeds = await Promise.all(
  ([1, 3, 4] as const).flatMap((channels) =>
    [false, true].flatMap((full) => {
      const make = (): Sharp => picture(channels, full);
      return [
        make().png(),
        make().png({ palette: true }),
        make().jpeg(),
        make().jpeg({ progressive: true }),
        make().webp(),
        make().webp({ lossless: true }),
        make().avif({ effort: 0 }),
        make().tiff({ compression: "lzw" }),
        make().tiff({ compression: "jpeg" }),
        make().gif(),
      ].map((image) => image.toBuffer());
    }),
  ),
);

export const trial: Trial = async ({ rng }) => {
  const seed = seeds[rng.fork("seed").integer(seeds.length)]!;
  const photo = await readImage(damaged(seed, rng.fork("damage")), { name: "photo" });
  const again = await readImage(await encodeImage(photo), { name: "photo written again" });
  const sizes = [photo, again].map(({ raster }) => `${raster.width} x ${raster.height}`);
  if (sizes[0] !== sizes[1]) throw new Error(`${sizes[0]} became ${sizes[1]} when it was written`);
};

/**
 * @file Makes the README's picture: a part of the example photo, and of its restoration by the default model beside it.
 *
 *   npx tsx scripts/make-readme-picture.ts
 */
import { join } from "node:path";
import sharp from "sharp";
import { restore } from "../platform/node/library/open.js";
import { encodeImage, readImage } from "../platform/node/photos/image-file.js";

const ROOT = join(import.meta.dirname, "..");
const PART = { left: 100, top: 180, width: 380, height: 290 };
const GAP_PX = 8;

const blurry = await readImage(join(ROOT, "examples/friends-blurry.jpg"));
const parts = await Promise.all(
  [blurry, await restore(blurry.raster)].map(async ({ raster }) =>
    sharp(await encodeImage({ raster, format: "png", metadata: {} }))
      .extract(PART)
      .png()
      .toBuffer(),
  ),
);
const { width, height } = PART;
await sharp({ create: { width: 2 * width + GAP_PX, height, channels: 3, background: "white" } })
  .composite(parts.map((input, i) => ({ input, left: i * (width + GAP_PX), top: 0 })))
  .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
  .toFile(join(ROOT, "docs/pictures/friends.jpg"));

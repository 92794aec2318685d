/** @file JPEG compression of a patch and back: libjpeg's losses, with 4:2:0 chroma as in cameras. */
import sharp from "sharp";
import type { Raster } from "../../../src/images/image.js";

/** picture: 8-bit RGB; quality: 1 to 100. */
export async function jpegRoundTrip({ width, height, data }: Raster, quality: number): Promise<Raster> {
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: "4:2:0" })
    .toBuffer();
  const bytes = await sharp(jpeg).raw().toBuffer();
  return { width, height, channels: 3, data: new Uint8Array(bytes) };
}

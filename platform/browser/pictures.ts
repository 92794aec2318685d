/** @file Converts rasters to bitmaps that a page draws, and to files. */
import { UnblurError } from "../../src/base/errors.js";
import type { Raster } from "../../src/images/image.js";
import { withAttachments } from "../../src/images/jpeg-attachments.js";
import { withJpegMetadata } from "../../src/images/jpeg-segments.js";
import { hasAlpha } from "../../src/images/pixels.js";
import { rgbaFromRaster } from "../../src/images/rgba-pixels.js";
import type { PhotoFile } from "./photo-file.js";
import { withPngChunks } from "./png-chunks.js";

type ColorSpace = PhotoFile["colorSpace"];

const imageData = (raster: Raster, colorSpace: ColorSpace): ImageData =>
  new ImageData(rgbaFromRaster(raster), raster.width, raster.height, { colorSpace });

export const bitmapOf = (raster: Raster, colorSpace: ColorSpace = "srgb"): Promise<ImageBitmap> =>
  createImageBitmap(imageData(raster, colorSpace));

/** Formats that canvases write, lossy ones at a quality where a second encoding is invisible. */
export const WRITTEN = {
  "image/jpeg": { ending: "jpg", quality: 0.95 },
  "image/png": { ending: "png", quality: undefined },
  "image/webp": { ending: "webp", quality: 0.95 },
} as const;
export type WrittenType = keyof typeof WRITTEN;

/** The function that inserts metadata into a file of the type; null if there is none. */
function insertion(photo: PhotoFile, type: WrittenType): ((bytes: Uint8Array) => Uint8Array<ArrayBuffer>) | null {
  const { metadata, pngChunks } = photo;
  if (type === "image/jpeg" && Object.keys(metadata).length > 0)
    return (bytes) => withAttachments(withJpegMetadata(bytes, metadata), metadata);
  if (type === "image/png" && type === photo.type) return (bytes) => withPngChunks(bytes, pngChunks);
  return null;
}

export const isWritten = (type: string): type is WrittenType => type in WRITTEN;

/**
 * Encodes pixels as a file of the given type. Metadata are written into JPEG and PNG. The canvas treats the values as
 * sRGB, which leaves them unchanged; the photo's profile is restored with its metadata. For a format without metadata
 * the canvas writes a profile of its own.
 */
export async function encodePicture(
  raster: Raster,
  photo: PhotoFile,
  type: WrittenType,
  percent?: number,
): Promise<Blob> {
  const quality = percent === undefined ? WRITTEN[type].quality : percent / 100;
  const insert = insertion(photo, type);
  const colorSpace = insert ? "srgb" : photo.colorSpace;
  const canvas = new OffscreenCanvas(raster.width, raster.height);
  const context = canvas.getContext("2d", { colorSpace });
  if (!context)
    throw new UnblurError("image", `${photo.name}: too little memory to write it; close other pages and retry`);
  context.putImageData(imageData(raster, colorSpace), 0, 0);
  if (type === "image/jpeg" && hasAlpha(raster)) {
    // JPEG has no transparency: the picture is laid on white, as on the command line.
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "white";
    context.fillRect(0, 0, raster.width, raster.height);
  }
  const blob = await canvas.convertToBlob({ type, ...(quality ? { quality } : {}) });
  if (blob.type !== type) throw new UnblurError("image", `this browser cannot write ${type}; choose image/png`);
  if (!insert) return blob;
  return new Blob([insert(new Uint8Array(await blob.arrayBuffer()))], { type });
}

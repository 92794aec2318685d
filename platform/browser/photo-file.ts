/** @file A photo's file as pixels, in a worker: decoded by the browser, the right way up, in the file's own values. */
import { imageSize } from "image-size";
import { UnblurError } from "../../src/base/errors.js";
import type { Raster } from "../../src/images/image.js";
import { rasterFromRgba } from "./canvas-pixels.js";
import { isDisplayP3, jpegMetadata } from "./jpeg-segments.js";
import { pngMetadata } from "./png-chunks.js";

/** More than cameras of today give; working memory is some 60 bytes a pixel. */
export const MAX_MEGAPIXELS = 60;
export const MAX_FILE_MB = 200;
/** The longest side of a canvas that all browsers have. */
const MAX_SIDE_PX = 16_384;

export interface PhotoFile {
  readonly name: string;
  /** "image/jpeg" and so on, of the content. */
  readonly type: string;
  readonly raster: Raster;
  /** How a canvas has to read the values for them to look right. */
  readonly colorSpace: "srgb" | "display-p3";
  /** What goes into a file of the same type again, as it needs it. */
  readonly metadata: readonly Uint8Array[];
  readonly file: Blob;
}

/** By the first bytes: names and types of dropped files may be wrong. */
const SIGNATURES: readonly { readonly type: string; readonly at: number; readonly bytes: string }[] = [
  { type: "image/jpeg", at: 0, bytes: "\xff\xd8\xff" },
  { type: "image/png", at: 0, bytes: "\x89PNG\r\n\x1a\n" },
  { type: "image/webp", at: 8, bytes: "WEBP" },
  { type: "image/avif", at: 4, bytes: "ftypavif" },
  { type: "image/gif", at: 0, bytes: "GIF8" },
  { type: "image/bmp", at: 0, bytes: "BM" },
];

function typeOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return SIGNATURES.find(({ at, bytes: signature }) => start.startsWith(signature, at))?.type;
}

/** Throws `image` for what is no photo, is too large, or is not known to the browser. */
export async function readPhoto(file: Blob, name: string): Promise<PhotoFile> {
  if (file.size > MAX_FILE_MB * 1e6)
    throw problem(name, `a file of ${Math.round(file.size / 1e6)} MB; expected at most ${MAX_FILE_MB} MB`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const type = typeOf(bytes);
  if (!type) throw problem(name, "not a picture that can be opened here; expected JPEG, PNG, WebP, AVIF, GIF or BMP");
  checkSize(bytes, name);
  const jpeg = type === "image/jpeg";
  // Pixels stay in the file's own values, as its profile goes back into the result; then nothing is rounded twice.
  const bitmap = await createImageBitmap(new Blob([bytes], { type }), {
    imageOrientation: "from-image",
    premultiplyAlpha: "none",
    colorSpaceConversion: "none",
  }).catch((cause: unknown) => {
    throw problem(name, `damaged, or more than this browser can decode (${String(cause)}); save it again and retry`);
  });
  try {
    return {
      ...{ name, type, file },
      raster: pixelsOf(bitmap, name),
      colorSpace: jpeg && isDisplayP3(bytes) ? "display-p3" : "srgb",
      metadata: jpeg ? jpegMetadata(bytes) : type === "image/png" ? pngMetadata(bytes) : [],
    };
  } finally {
    bitmap.close();
  }
}

/** From the header: a browser that decodes more pixels than it has memory for takes the page with it. */
function checkSize(bytes: Uint8Array, name: string): void {
  let size: { readonly width: number; readonly height: number };
  try {
    size = imageSize(bytes);
  } catch (cause) {
    throw problem(name, `damaged: its size cannot be read (${String(cause)}); save it again and retry`);
  }
  const { width, height } = size;
  if (width * height > MAX_MEGAPIXELS * 1e6 || Math.max(width, height) > MAX_SIDE_PX)
    throw problem(
      name,
      `${width} x ${height} pixels; expected at most ${MAX_MEGAPIXELS} megapixels and ${MAX_SIDE_PX} a side: make it smaller, or use the command line`,
    );
}

function pixelsOf(bitmap: ImageBitmap, name: string): Raster {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw problem(name, "too little memory for its pixels; close other pages and retry");
  context.drawImage(bitmap, 0, 0);
  return rasterFromRgba(width, height, context.getImageData(0, 0, width, height).data);
}

const problem = (name: string, what: string): UnblurError => new UnblurError("image", `${name}: ${what}`);

/**
 * @file Detects files with more than one picture from their headers. Decoders take time to count pictures, in WebP with
 * the square of their number.
 */
import { beginsWith, viewOf } from "./bytes.js";
import { ftypBrands } from "./iso-boxes.js";
import type { ImageFormat } from "./photo.js";
import { pngChunks } from "./png-chunks.js";
import { firstDirectory } from "./tiff-directory.js";

const WEBP_FLAGS_AT = 20;
const WEBP_ANIMATION = 0x02;

/** An animated PNG says so before its pixels; a single frame is no animation. */
function isAnimatedPng(png: Uint8Array): boolean {
  for (const chunk of pngChunks(png)) {
    if (chunk.type === "IDAT") return false;
    if (chunk.type === "acTL") return viewOf(png).getUint32(chunk.start + 8) > 1;
  }
  return false;
}

const [GIF_EXTENSION, GIF_PICTURE] = [0x21, 0x2c];

/** Returns whether a GIF has a second picture (GIF89a, 18 to 26). */
function isAnimatedGif(gif: Uint8Array): boolean {
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let pictures = 0;
  for (let at = 13 + tableBytes(gif[10] ?? 0); at < gif.length; ) {
    if (gif[at] === GIF_PICTURE) {
      pictures += 1;
      if (pictures > 1) return true;
      at += 11 + tableBytes(gif[at + 9] ?? 0); // the last byte is the code size
    } else if (gif[at] === GIF_EXTENSION) at += 2;
    else return false;
    while (gif[at]) at += gif[at]! + 1; // blocks preceded by their length, up to an empty one
    at += 1;
  }
  return false;
}

const ANIMATION = "it is an animation; expected a single picture: save the frame to work on as its own file";
const PAGES = "it holds several pages; expected one: save the one to work on as its own file";

/** Per format, the message for a file with several pictures, or undefined for one. */
const SEVERAL = {
  png: (bytes) => (isAnimatedPng(bytes) ? ANIMATION : undefined),
  jpeg: () => undefined,
  webp: (bytes) =>
    beginsWith(bytes, "VP8X", 12) && (bytes[WEBP_FLAGS_AT] ?? 0) & WEBP_ANIMATION ? ANIMATION : undefined,
  avif: (bytes) => (ftypBrands(bytes).includes("avis") ? ANIMATION : undefined),
  tiff: (bytes) => (firstDirectory(bytes)?.hasNext ? PAGES : undefined),
} as const satisfies Record<ImageFormat, (bytes: Uint8Array) => string | undefined>;

/** The reason to refuse a GIF with several pictures; undefined if it has one. */
export const severalGifPictures = (gif: Uint8Array): string | undefined => (isAnimatedGif(gif) ? ANIMATION : undefined);

/** The reason to refuse a file of this format with several pictures; undefined if it has one. */
export const severalPictures = (format: ImageFormat, bytes: Uint8Array): string | undefined => SEVERAL[format](bytes);

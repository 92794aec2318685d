/**
 * @file Whether a file holds more than one picture, from its header: counting them is what makes a decoder slow, with the square of
 * their number in WebP.
 */
import { beginsWith, viewOf } from "./bytes.js";
import { ftypBrands } from "./iso-boxes.js";
import type { ImageFormat } from "./photo.js";
import { pngChunks } from "./png-chunks.js";
import { firstDirectory } from "./tiff-directory.js";

const WEBP_FLAGS_AT = 20;
const WEBP_ANIMATION = 0x02;

/** An animated PNG says so before its pixels; with a single frame it stands still. */
function isAnimatedPng(png: Uint8Array): boolean {
  for (const chunk of pngChunks(png)) {
    if (chunk.type === "IDAT") return false;
    if (chunk.type === "acTL") return viewOf(png).getUint32(chunk.start + 8) > 1;
  }
  return false;
}

const [GIF_EXTENSION, GIF_PICTURE] = [0x21, 0x2c];

/** Whether a GIF has a second picture (GIF89a, 18 to 26). */
function isAnimatedGif(gif: Uint8Array): boolean {
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let pictures = 0;
  for (let at = 13 + tableBytes(gif[10] ?? 0); at < gif.length; ) {
    if (gif[at] === GIF_PICTURE) {
      pictures += 1;
      if (pictures > 1) return true;
      at += 11 + tableBytes(gif[at + 9] ?? 0); // the last byte is the size of its codes
    } else if (gif[at] === GIF_EXTENSION) at += 2;
    else return false;
    while (gif[at]) at += gif[at]! + 1; // blocks, each behind its length, up to an empty one
    at += 1;
  }
  return false;
}

const ANIMATION = "is an animation; expected a single picture: save the frame to work on as its own file";
const PAGES = "holds several pages; expected one: save the one to work on as its own file";

/** What to say of a file that holds several pictures, or undefined for one. */
const SEVERAL = {
  png: (bytes) => (isAnimatedPng(bytes) ? ANIMATION : undefined),
  jpeg: () => undefined,
  webp: (bytes) =>
    beginsWith(bytes, "VP8X", 12) && (bytes[WEBP_FLAGS_AT] ?? 0) & WEBP_ANIMATION ? ANIMATION : undefined,
  avif: (bytes) => (ftypBrands(bytes).includes("avis") ? ANIMATION : undefined),
  tiff: (bytes) => (firstDirectory(bytes)?.hasNext ? PAGES : undefined),
} as const satisfies Record<ImageFormat, (bytes: Uint8Array) => string | undefined>;

/** Why a GIF is refused that holds several pictures; undefined if it holds one. */
export const severalGifPictures = (gif: Uint8Array): string | undefined => (isAnimatedGif(gif) ? ANIMATION : undefined);

/** Why a file of this format is refused if it holds several pictures; undefined if it holds one. */
export const severalPictures = (format: ImageFormat, bytes: Uint8Array): string | undefined => SEVERAL[format](bytes);

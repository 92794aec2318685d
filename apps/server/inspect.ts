/** @file Inspects a photo's header before its pixels are decoded: the real format and the size. */
import type { ImageFormat } from "../../src/images/photo.js";
import type { HeaderReader } from "./header-reader.js";
import { Refusal } from "./refusal.js";

export interface Inspected {
  readonly format: ImageFormat;
  /** Size in pixels after applying the orientation. */
  readonly width: number;
  readonly height: number;
}

/** Content types that clients send by default; they do not declare a format. */
const UNDECLARED_TYPES = ["", "application/octet-stream", "application/x-www-form-urlencoded"];

/** Aliases of media types, with the names used here. */
const OTHER_NAMES: Readonly<Record<string, string>> = { "image/jpg": "image/jpeg", "image/heif": "image/heic" };

/** First EXIF orientation that exchanges width and height. */
const FIRST_TURNED = 5;

/**
 * Inspects a photo. Throws `image` if it is no photo, and a Refusal for another format than declared or for too many
 * pixels.
 */
export async function inspect(
  headers: HeaderReader,
  { path, name, declared = "" }: { readonly path: string; readonly name: string; readonly declared?: string },
  maxPixels: number,
): Promise<Inspected> {
  const { format, type, width, height, orientation } = await headers.read({ path, name });
  if (!UNDECLARED_TYPES.includes(declared) && (OTHER_NAMES[declared] ?? declared) !== type)
    throw new Refusal(
      415,
      "media-type",
      `${name}: declared as ${declared}, but its bytes are ${type}; declare the actual type`,
    );
  if (width * height > maxPixels)
    throw new Refusal(
      413,
      "too-many-pixels",
      `${name}: expected at most ${maxPixels / 1e6} megapixels, got ${width} x ${height}; shrink it`,
    );
  return orientation >= FIRST_TURNED ? { format, width: height, height: width } : { format, width, height };
}

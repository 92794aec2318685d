/** @file Inspects a photo's header before its pixels are decoded: the real format and the size. */
import type { ImageFormat } from "../../src/images/photo.js";
import type { HeaderReader } from "./header-reader.js";
import { Refusal } from "./refusal.js";

export interface Inspected {
  readonly format: ImageFormat;
  /** As decoded, upright. */
  readonly width: number;
  readonly height: number;
}

/** What clients write when they do not know. */
const UNSAID = ["", "application/octet-stream", "application/x-www-form-urlencoded"];

/** Other names of media types, and the names we use. */
const OTHER_NAMES: Readonly<Record<string, string>> = { "image/jpg": "image/jpeg", "image/heif": "image/heic" };

/** EXIF orientations from 5 on lie on their side. */
const FIRST_TURNED = 5;

/** Throws `image` for what is no photo, and a Refusal for one of another kind than declared or with too many pixels. */
export async function inspect(
  headers: HeaderReader,
  { path, name, declared = "" }: { readonly path: string; readonly name: string; readonly declared?: string },
  maxPixels: number,
): Promise<Inspected> {
  const { format, type, width, height, orientation } = await headers.read({ path, name });
  if (!UNSAID.includes(declared) && (OTHER_NAMES[declared] ?? declared) !== type)
    throw new Refusal(415, "media-type", `${name}: declared as ${declared}, but its bytes are ${type}; say what it is`);
  if (width * height > maxPixels)
    throw new Refusal(
      413,
      "too-many-pixels",
      `${name}: expected at most ${maxPixels / 1e6} megapixels, got ${width} x ${height}; shrink it`,
    );
  return orientation >= FIRST_TURNED ? { format, width: height, height: width } : { format, width, height };
}

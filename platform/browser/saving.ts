/** @file How a browser encodes and writes the pictures of one photo. */
import { UnblurError } from "../../src/base/errors.js";
import type { Raster } from "../../src/images/image.js";
import { formatFromPath } from "../../src/images/photo.js";
import type { CanvasPixels } from "../../src/library/pixels.js";
import type { Platform, Saving } from "../../src/library/restored.js";
import type { PhotoOrigin } from "./deblurrer.js";
import { encodePicture, isWritten } from "./pictures.js";

/** A picture: the blob or the bytes of a file, or pixels. Nothing is fetched, so there are no addresses among them. */
export type Source = Blob | Uint8Array<ArrayBuffer> | CanvasPixels | Raster;

/** Formats that a browser's canvas writes. */
export type BrowserFormat = "jpeg" | "png" | "webp";

/** A browser's forms of pictures and files. */
export interface BrowserPlatform extends Platform {
  readonly source: Source;
  readonly format: BrowserFormat;
  /** A file of the file system API, from a save dialog or of the origin's private folder. */
  readonly target: FileSystemFileHandle;
}

const isFormat = (format: string | undefined): format is BrowserFormat => isWritten(`image/${format}`);

export function savingFor(origin: PhotoOrigin, original: Uint8Array<ArrayBuffer> | null): Saving<BrowserPlatform> {
  const own = origin.type.replace("image/", "");
  return {
    // HEIC becomes JPEG, as on the command line; other formats that no canvas writes become PNG, which is lossless.
    format: isFormat(own) ? own : own === "heic" || own === "heif" ? "jpeg" : "png",
    original: isFormat(own) ? original : null,
    async encode(raster, format, quality) {
      const blob = await encodePicture(raster, { ...origin, raster }, `image/${format}`, quality);
      return new Uint8Array(await blob.arrayBuffer());
    },
    formatOf({ name }) {
      const format = formatFromPath(name);
      if (isFormat(format)) return format;
      throw new UnblurError("file", `${name}: expected an ending of JPEG, PNG or WebP, or a format option`);
    },
    async write(target, bytes) {
      const stream = await target.createWritable();
      await stream.write(bytes);
      await stream.close();
    },
  };
}

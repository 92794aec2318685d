/** @file A picture in any of its forms, read. */
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import type { Raster } from "../../../src/images/image.js";
import type { Photo } from "../../../src/images/photo.js";
import { type CanvasPixels, givenRaster } from "../../../src/library/pixels.js";
import { readImage } from "../photos/image-file.js";
import { readPicture, readPictureStream } from "../photos/image-source.js";

/**
 * A picture: path or `file:` URL of a file, the bytes of one, a blob or a stream of them, or pixels. A string is always a
 * path; nothing is fetched.
 */
export type Source =
  | string
  | URL
  | Uint8Array
  | Blob
  | AsyncIterable<Uint8Array>
  | ReadableStream<Uint8Array>
  | CanvasPixels
  | Raster;

export interface ReadSource {
  readonly photo: Photo;
  /** The file that the photo was read from; null for pixels. */
  readonly bytes: Uint8Array | null;
}

const EXPECTED = "a path, a file: URL, bytes, a Blob, a stream, ImageData or a raster";

/** Reads a picture. Throws `file`, `image`, `argument` and `cancelled`. */
export async function readSource(source: Source, signal?: AbortSignal): Promise<ReadSource> {
  const file = await fileOf(source, signal);
  if (file) return { photo: await readImage(file.bytes, { name: file.name, signal }), bytes: file.bytes };
  return { photo: { raster: givenRaster(source, EXPECTED), format: "png", metadata: {} }, bytes: null };
}

interface NamedBytes {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** Path of a `file:` URL, or a path as it is. Throws `argument` for a URL that names no file of this machine. */
export function pathOf(target: string | URL): string {
  if (typeof target === "string") return target;
  try {
    return fileURLToPath(target);
  } catch (cause) {
    throw new UnblurError(
      "argument",
      `${target}: expected a path or a file: URL without a host, without %2F and without a character of code 0`,
      { cause },
    );
  }
}

/** The bytes of a file and its name in messages; null for pixels. */
async function fileOf(source: Source, signal: AbortSignal | undefined): Promise<NamedBytes | null> {
  if (typeof source === "string") return { bytes: await readPicture(source, { signal }), name: source };
  if (source instanceof URL) {
    if (source.protocol !== "file:")
      throw argumentError("restore", "expected a file: URL, because nothing is fetched; pass its bytes", source);
    const path = pathOf(source);
    return { bytes: await readPicture(path, { signal }), name: path };
  }
  if (source instanceof Uint8Array) return { bytes: source, name: "image" };
  if (source instanceof Blob) return { bytes: new Uint8Array(await source.arrayBuffer()), name: "image" };
  if (typeof source !== "object" || source === null || !(Symbol.asyncIterator in source)) return null;
  if (source instanceof ReadableStream && source.locked)
    throw argumentError("restore", "expected a stream that nothing else reads", "one with a reader");
  const stream = source instanceof Readable ? source : Readable.from(source as AsyncIterable<Uint8Array>);
  return { bytes: await readPictureStream(stream, { name: "stream", signal }), name: "stream" };
}

/** @file Reads a photo's file in a worker: decoded by the browser, upright, in the file's own colour values. */
import { imageSize } from "image-size";
import { UnblurError } from "../../src/base/errors.js";
import { exifWithOrientation } from "../../src/images/exif.js";
import { fileKind, HEIC_TYPE } from "../../src/images/file-kind.js";
import { decodeHeic, HEIC_GAIN_MAP_WARNING, type HeifLibrary, heicHasGainMap } from "../../src/images/heic.js";
import type { Raster } from "../../src/images/image.js";
import { isoMetadata } from "../../src/images/iso-items.js";
import { attachmentsOf, withGainMapSegments, xmpWithAttachments } from "../../src/images/jpeg-attachments.js";
import {
  completedJpeg,
  isDisplayP3,
  jpegEnd,
  jpegMetadata,
  jpegOrientation,
  profileFits,
  withJpegMetadata,
} from "../../src/images/jpeg-segments.js";
import { MAX_METADATA_BYTES, type PhotoMetadata } from "../../src/images/photo.js";
import { rasterFromRgba } from "../../src/images/rgba-pixels.js";
import { severalGifPictures, severalPictures } from "../../src/images/several-pictures.js";
import { pngMetadata } from "./png-chunks.js";

const EXPECTED = "a JPEG, PNG, WebP, AVIF, HEIC, GIF or BMP picture";
const DECODED_BY_ALL = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"];
/** Limit of the photo's size, above today's cameras; working memory is about 60 bytes per pixel. */
const MAX_MEGAPIXELS = 60;
const MAX_FILE_MB = 200;
/** Longest side of a canvas that all browsers support. */
const MAX_SIDE_PX = 16_384;

export interface PhotoFile {
  readonly name: string;
  /** Media type of the content, such as "image/jpeg". */
  readonly type: string;
  readonly raster: Raster;
  /** Colour space in which a canvas shows the values correctly. */
  readonly colorSpace: "srgb" | "display-p3";
  /** Metadata to write into a JPEG download. */
  readonly metadata: PhotoMetadata;
  /** Chunks of a PNG photo to write into a PNG download. */
  readonly pngChunks: readonly Uint8Array[];
  /** One sentence for each part of the file that a download loses. */
  readonly warnings: readonly string[];
  readonly file: Blob;
}

interface OpenedFile extends Pick<PhotoFile, "metadata" | "pngChunks" | "warnings"> {
  /** The bytes for the browser's decoder. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const NOTHING_ELSE = { metadata: {}, pngChunks: [], warnings: [] };

/** The media type from the first bytes, because names and types of dropped files may be wrong. Throws `image`. */
function typeOf(bytes: Uint8Array, name: string): string {
  const kind = fileKind(bytes);
  if (!kind) throw problem(name, `it is not a picture that can be opened here; expected ${EXPECTED}`);
  const several =
    "format" in kind
      ? severalPictures(kind.format, bytes)
      : kind.type === "image/gif"
        ? severalGifPictures(bytes)
        : undefined;
  if (several) throw problem(name, several);
  if ("format" in kind) return `image/${kind.format}`;
  if (!kind.type) throw problem(name, `it is ${kind.other}; expected ${EXPECTED}: convert it first`);
  return kind.type;
}

/** Loads the HEIC decoder from the page's host; called if the browser cannot decode such a picture itself. */
export type LoadHeif = () => Promise<HeifLibrary>;

/** Reads a photo. Throws `image` if it is no photo, too large, or of a kind that the browser cannot decode. */
export async function readPhoto(file: Blob, name: string, loadHeif: LoadHeif): Promise<PhotoFile> {
  if (file.size > MAX_FILE_MB * 1e6)
    throw problem(name, `it is a file of ${Math.round(file.size / 1e6)} MB; expected at most ${MAX_FILE_MB} MB`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const type = typeOf(bytes, name);
  checkSize(bytes, name);
  const opened = await openFile(bytes, type);
  const { metadata, pngChunks, warnings } = opened;
  return {
    ...{ name, type, file, metadata, pngChunks, warnings },
    raster: await rasterOf(opened.bytes, type, name, loadHeif),
    colorSpace: isDisplayP3(metadata.icc) ? "display-p3" : "srgb",
  };
}

async function rasterOf(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  name: string,
  loadHeif: LoadHeif,
): Promise<Raster> {
  let bitmap: ImageBitmap;
  try {
    // Pixels keep the file's own values, because its profile is written into the result; nothing is rounded twice.
    bitmap = await createImageBitmap(new Blob([bytes], { type }), {
      imageOrientation: "from-image",
      premultiplyAlpha: "none",
      colorSpaceConversion: "none",
    });
  } catch {
    if (type === HEIC_TYPE) return heicRaster(bytes, name, loadHeif);
    throw DECODED_BY_ALL.includes(type)
      ? problem(name, "it is damaged, or more than this browser can decode; save it again and retry")
      : problem(
          name,
          `it is damaged, or of a kind (${type}) that this browser cannot decode; save it as JPEG or PNG and retry`,
        );
  }
  try {
    return pixelsOf(bitmap, name);
  } finally {
    bitmap.close();
  }
}

async function heicRaster(bytes: Uint8Array, name: string, loadHeif: LoadHeif): Promise<Raster> {
  const library = await loadHeif().catch((cause: unknown) => {
    throw problem(name, `it is a HEIC picture, whose decoder could not be loaded (${String(cause)}); share it as JPEG`);
  });
  const { width, height, data } = await decodeHeic(library, bytes, MAX_MEGAPIXELS * 1e6).catch((cause: unknown) => {
    throw problem(name, `it is damaged (${String(cause)}); save it again and retry`);
  });
  return rasterFromRgba(width, height, data);
}

async function openFile(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<OpenedFile> {
  if (type === "image/png") return { ...NOTHING_ELSE, bytes, pngChunks: pngMetadata(bytes) };
  if (type === HEIC_TYPE) {
    const { xmp, ...metadata } = isoMetadata(bytes, MAX_METADATA_BYTES);
    return {
      ...{ ...NOTHING_ELSE, bytes },
      metadata: { ...metadata, ...(xmp ? { xmp: xmpWithAttachments(xmp, {}) } : {}) },
      warnings: heicHasGainMap(bytes) ? [HEIC_GAIN_MAP_WARNING] : [],
    };
  }
  return type === "image/jpeg" ? openJpeg(bytes) : { ...NOTHING_ELSE, bytes };
}

/** Opens a JPEG. If its end is missing, an end marker is added, so that browsers decode the rest. */
async function openJpeg(bytes: Uint8Array<ArrayBuffer>): Promise<OpenedFile> {
  const { end, wholeTo } = jpegEnd(bytes);
  const stored = jpegMetadata(bytes);
  const { gainMap: map, film } = end === null ? {} : attachmentsOf(bytes, end);
  const gainMap = map && (await uprightGainMap(map, jpegOrientation(bytes)).catch(() => undefined));
  const icc = stored.icc && profileFits(stored.icc, false) ? stored.icc : undefined;
  const xmp = stored.xmp && xmpWithAttachments(stored.xmp, { gainMap, film });
  const { icc: _, xmp: __, ...rest } = stored;
  return {
    ...NOTHING_ELSE,
    bytes: end === null && wholeTo !== null ? completedJpeg(bytes, wholeTo) : bytes,
    metadata: {
      ...rest,
      ...(icc ? { icc } : {}),
      ...(xmp ? { xmp } : {}),
      ...(gainMap ? { gainMap } : {}),
      ...(film ? { film } : {}),
    },
    warnings: [
      ...(end === null && wholeTo !== null
        ? ["the end of the photo's file is missing; a part of the picture may be missing, too"]
        : []),
      ...(map && !gainMap ? ["the photo's HDR gain map was left out: it is damaged"] : []),
    ],
  };
}

/** The gain map rotated as the upright picture. */
async function uprightGainMap(gainMap: Uint8Array, orientation: number): Promise<Uint8Array> {
  if (orientation === 1) return gainMap;
  const marked = withJpegMetadata(gainMap, { exif: exifWithOrientation(orientation) });
  const bitmap = await createImageBitmap(new Blob([marked], { type: "image/jpeg" }), {
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
  });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
  bitmap.close();
  const turned = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  return withGainMapSegments(new Uint8Array(await turned.arrayBuffer()), gainMap);
}

/** Checks the size from the header, because a browser without memory for the pixels crashes the page. */
function checkSize(bytes: Uint8Array, name: string): void {
  let size: { readonly width: number; readonly height: number };
  try {
    size = imageSize(bytes);
  } catch {
    throw problem(name, "it is damaged: its size cannot be read; save it again and retry");
  }
  const { width, height } = size;
  if (width * height > MAX_MEGAPIXELS * 1e6 || Math.max(width, height) > MAX_SIDE_PX)
    throw problem(
      name,
      `it has ${width} x ${height} pixels; expected at most ${MAX_MEGAPIXELS} megapixels and ${MAX_SIDE_PX} a side: make it smaller, or use the command line`,
    );
}

function pixelsOf(bitmap: ImageBitmap, name: string): Raster {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw problem(name, "there is too little memory for its pixels; close other pages and retry");
  context.drawImage(bitmap, 0, 0);
  return rasterFromRgba(width, height, context.getImageData(0, 0, width, height).data);
}

const problem = (name: string, what: string): UnblurError => new UnblurError("image", `${name}: ${what}`);

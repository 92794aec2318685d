/**
 * @file Recognises a file's format by its first bytes, which decide whether and how it is decoded. Names and declared
 * types may be wrong, and a library that tries all its decoders also runs unwanted ones.
 */
import { beginsWith, textAt, viewOf } from "./bytes.js";
import { ftypBrands } from "./iso-boxes.js";
import type { ImageFormat } from "./photo.js";
import { isCameraRaw } from "./tiff-directory.js";

/**
 * One of our formats, or the description of another, with its article ("a GIF picture"), and its media type if some
 * browsers decode it.
 */
export type FileKind = { readonly format: ImageFormat } | { readonly other: string; readonly type?: string };

/** Number of bytes from the start that `fileKind` reads; for TIFF it also reads the first directory. */
export const KIND_BYTES = 1024;

const FORMATS: readonly { readonly format: ImageFormat; readonly bytes: string }[] = [
  { format: "png", bytes: "\x89PNG\r\n\x1a\n" },
  { format: "jpeg", bytes: "\xff\xd8\xff" },
  { format: "tiff", bytes: "II*\0" },
  { format: "tiff", bytes: "MM\0*" },
  { format: "tiff", bytes: "II+\0" }, // BigTIFF
  { format: "tiff", bytes: "MM\0+" },
];

/** Other files that users may try to restore. The first match counts. */
const OTHERS: readonly {
  readonly other: string;
  readonly bytes: string;
  readonly at?: number;
  readonly type?: string;
}[] = [
  { other: "a GIF picture", bytes: "GIF8", type: "image/gif" },
  { other: "a BMP picture", bytes: "BM", type: "image/bmp" },
  { other: "a PDF document", bytes: "%PDF" },
  { other: "a Photoshop document", bytes: "8BPS" },
  { other: "a JPEG XL picture", bytes: "\xff\x0a", type: "image/jxl" },
  { other: "a JPEG XL picture", bytes: "\0\0\0\x0cJXL ", type: "image/jxl" },
  { other: "a JPEG 2000 picture", bytes: "\0\0\0\x0cjP  ", type: "image/jp2" },
  { other: "a JPEG 2000 picture", bytes: "\xff\x4f\xff\x51" },
  { other: "an OpenEXR picture", bytes: "\x76\x2f\x31\x01" },
  { other: "a Radiance picture", bytes: "#?RA" },
  { other: "a QOI picture", bytes: "qoif" },
  { other: "a FITS file", bytes: "SIMPLE  =" },
  { other: "an icon file", bytes: "\0\0\x01\0" },
  { other: "a camera's raw file", bytes: "FUJIFILMCCD-RAW" },
  { other: "a camera's raw file", bytes: "IIRO" },
  { other: "a camera's raw file", bytes: "IIRS" },
  { other: "a camera's raw file", bytes: "IIU\0" },
  { other: "a ZIP archive", bytes: "PK\x03\x04" },
  { other: "a gzip archive", bytes: "\x1f\x8b" },
  { other: "a video", bytes: "\x1aE\xdf\xa3" },
  { other: "a video", bytes: "AVI ", at: 8 },
];

export const HEIC_TYPE = "image/heic";

/** HEIF brands of pictures compressed with HEVC, VVC or H.264, which the codecs of our formats do not decode. */
const HEIC = /^(hei[cxms]|hev[cxms]|vvi[cs]|avc[is])$/;
/** Containers whose compression is known only to the decoder. */
const HEIF = /^(mif[12]|miaf)$/;

function isoKind(brands: readonly string[]): FileKind {
  if (brands.some((brand) => brand === "avif" || brand === "avis")) return { format: "avif" };
  if (brands.some((brand) => HEIC.test(brand))) return { other: "a HEIC picture", type: HEIC_TYPE };
  if (brands.some((brand) => HEIF.test(brand))) return { format: "avif" };
  return { other: brands[0] === "crx " ? "a camera's raw file" : "a video" };
}

/** Text that is a drawing or a page; SVG decoders search more of it. */
function textKind(bytes: Uint8Array): FileKind | undefined {
  const text = textAt(bytes, 0, KIND_BYTES);
  if (!/^(\xef\xbb\xbf)?\s*</.test(text)) return;
  if (/<svg[\s>]/i.test(text) || /<!doctype svg/i.test(text)) return { other: "an SVG drawing" };
  return /<(!doctype html|html|head|body)/i.test(text) ? { other: "a web page" } : undefined;
}

/** Undefined for an unknown format. */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  if (beginsWith(bytes, "RIFF") && beginsWith(bytes, "WEBP", 8)) return { format: "webp" };
  const own = FORMATS.find((format) => beginsWith(bytes, format.bytes));
  if (own?.format === "tiff" && isCameraRaw(bytes)) return { other: "a camera's raw file" };
  if (own) return { format: own.format };
  const brands = ftypBrands(bytes);
  if (brands.length > 0) return isoKind(brands);
  const other = OTHERS.find(({ bytes: signature, at }) => beginsWith(bytes, signature, at));
  // "BM" may also begin a text; the reserved field of a bitmap is zero.
  if (other?.bytes === "BM" && !(bytes.length >= 10 && viewOf(bytes).getUint32(6) === 0)) return;
  if (!other) return textKind(bytes);
  return { other: other.other, ...(other.type ? { type: other.type } : {}) };
}

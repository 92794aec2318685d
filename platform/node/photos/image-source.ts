/**
 * @file Checks an image's bytes and header before a decoder reads them, and distinguishes the ways in which this can
 * fail.
 */
import type { Readable } from "node:stream";
import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";
import { UnblurError } from "../../../src/base/errors.js";
import { exifBody, exifHas } from "../../../src/images/exif.js";
import { fileKind, HEIC_TYPE, KIND_BYTES } from "../../../src/images/file-kind.js";
import { colourCodeOf } from "../../../src/images/iso-colour.js";
import { claimedBytes } from "../../../src/images/iso-items.js";
import { attachmentsOf } from "../../../src/images/jpeg-attachments.js";
import {
  completedJpeg,
  jfifDensity,
  jpegEnd,
  jpegSegments,
  photoshopBlocks,
} from "../../../src/images/jpeg-segments.js";
import {
  type ColourCode,
  IMAGE_FORMATS,
  type ImageFormat,
  MAX_METADATA_BYTES,
  type PhotoMetadata,
} from "../../../src/images/photo.js";
import { pngChunks } from "../../../src/images/png-chunks.js";
import { severalPictures } from "../../../src/images/several-pictures.js";
import { hasUnnamedChannel } from "../../../src/images/tiff-directory.js";
import { HOW_TO_READ_HEIC, heicDecoderIsThere } from "./heic.js";
import { inputBytes, streamBytes } from "./input-bytes.js";
import { leanPng, pngColour } from "./lean-png.js";

export interface ReadOptions {
  /** Name of the picture in error messages; its path when left out. */
  readonly name?: string | undefined;
  /** Pictures with more pixels are refused before they are decoded; 200 million when left out. */
  readonly maxPixels?: number;
  /** Larger files are refused before they are read; 2000 MB when left out, 500 MB for a pipe. */
  readonly maxBytes?: number;
  /** Refuse a JPEG whose end is missing; by default it is read with a warning. */
  readonly whole?: boolean;
  /** Cancels reading from a path. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_MAX_PIXELS = 200_000_000;

const EXPECTED = `a ${Object.values(IMAGE_FORMATS)
  .map(({ name }) => name)
  .join(", ")} or HEIC picture`;

/** The file may be intact, but its format is not supported. */
export class UnknownFormatError extends UnblurError {
  constructor(message: string, options?: ErrorOptions) {
    super("image", message, options);
  }
}

export type ReadableFormat = ImageFormat | typeof HEIC;
/** HEIC photos are treated as JPEG, the format that they are written in. */
const HEIC = "heic";

/** The format of a file from its first bytes. Throws UnknownFormatError. */
function formatOf(bytes: Uint8Array, name: string): ReadableFormat {
  const kind = fileKind(bytes);
  if (!kind) throw new UnknownFormatError(`${name}: it is not a picture of a known format; expected ${EXPECTED}`);
  if ("other" in kind && kind.type === HEIC_TYPE) {
    if (!heicDecoderIsThere()) throw new UnknownFormatError(`${name}: ${HOW_TO_READ_HEIC}`);
    return HEIC;
  }
  if ("other" in kind)
    throw new UnknownFormatError(`${name}: it is ${kind.other}; expected ${EXPECTED}: convert it first`);
  return kind.format;
}

/**
 * The bytes of a path, as `openImage` takes them. Throws `file`, `cancelled`, and `image` if a pipe does not begin like
 * a picture.
 */
export const readPicture = (path: string, { name = path, ...options }: ReadOptions = {}): Promise<Uint8Array> =>
  inputBytes(path, { ...options, name, headBytes: KIND_BYTES, check: (head) => formatOf(head, name) });

/**
 * The bytes of a picture from a stream, such as standard input. Throws as `readPicture` does, and `argument` for a
 * terminal.
 */
export const readPictureStream = (stream: Readable, { name = "standard input", ...options }: ReadOptions = {}) =>
  streamBytes(stream, { ...options, name, headBytes: KIND_BYTES, check: (head) => formatOf(head, name) });

export type JpegMetadata = Pick<PhotoMetadata, "photoshop" | "gainMap" | "film" | "density">;

/** An image file whose header has been checked; pixels have not been decoded yet. */
export interface ImageSource {
  readonly name: string;
  /** Format in which the photo is written again. */
  readonly format: ImageFormat;
  readonly storedAs: ReadableFormat;
  /** The whole file of a HEIC picture, whose pixels `decoder` cannot decode. */
  readonly heic: Uint8Array | undefined;
  readonly header: Metadata;
  /** The file's XMP was removed before decoding: it has more than `MAX_METADATA_BYTES` or is damaged. */
  readonly withoutXmp: boolean;
  /** The same as in `PhotoMetadata`. */
  readonly pngColour: Uint8Array | undefined;
  /** Metadata of a JPEG's segments, and the data after its picture. */
  readonly jpeg: JpegMetadata | undefined;
  /** A TIFF whose last channel is read as transparency although the file does not name it. */
  readonly hasUnnamedChannel: boolean;
  /** The same as in `PhotoMetadata`; undefined for sRGB values or if unknown. */
  readonly colourCode: ColourCode | undefined;
  /** A JPEG whose end is missing: decoders return the existing part. */
  readonly isCut: boolean;
  /** Pixels per inch if the file states them; decoders assume 72 otherwise. */
  readonly density: number | undefined;
  decoder(options?: SharpOptions): Sharp;
  /** The error for pixels that turn out to be damaged. */
  damaged(cause: unknown): UnblurError;
}

/**
 * AVIF items may share data or extend to the end of the file; together they may claim at most this multiple of its
 * size.
 */
const MAX_CLAIM = 4;

/** Number and length of the reasons in a message. */
const MAX_REASONS = 2;
const MAX_REASON_CHARACTERS = 80;

/** The decoder's message, shortened: it repeats itself for each of its parts and each place in the file. */
const reasonOf = (cause: unknown): string =>
  [
    ...new Set(
      (cause instanceof Error ? cause.message : String(cause)).split(/\n|: (?=Vips)/).map((line) => line.trim()),
    ),
  ]
    .filter(Boolean)
    .slice(0, MAX_REASONS)
    .map((line) => (line.length > MAX_REASON_CHARACTERS ? `${line.slice(0, MAX_REASON_CHARACTERS)}…` : line))
    .join("; ");

/**
 * Reads a file's bytes and header. A decoder only gets single pictures of supported formats. Throws `file` if the file
 * cannot be read, and `image` if it is empty, not a picture, of another format, an animation or larger than
 * `maxPixels`.
 */
export async function openImage(source: string | Uint8Array, options: ReadOptions = {}): Promise<ImageSource> {
  const { name = typeof source === "string" ? source : "image", maxPixels = DEFAULT_MAX_PIXELS } = options;
  const bytes = typeof source === "string" ? await readPicture(source, options) : source;
  const refuse = (what: string, cause?: unknown) => new UnblurError("image", `${name}: ${what}`, { cause });
  const damaged = (cause: unknown) =>
    refuse(
      `it is damaged or cut off (${reasonOf(cause)}); expected a complete ${EXPECTED.slice(2)}: copy or export it again`,
      cause,
    );
  if (bytes.length === 0) throw refuse(`it is empty; expected ${EXPECTED}: copy or export it again`);
  const storedAs = formatOf(bytes, name);
  const format = storedAs === HEIC ? "jpeg" : storedAs;
  const several = severalPictures(storedAs === HEIC ? "avif" : storedAs, bytes);
  if (several) throw refuse(several);
  if ((storedAs === "avif" || storedAs === HEIC) && claimedBytes(bytes) > MAX_CLAIM * bytes.length)
    throw damaged("its items claim more data than the file has");
  const { picture, isCut, jpeg } = storedAs === "jpeg" ? openJpeg(bytes) : { picture: bytes, isCut: false };
  if (isCut && options.whole) throw damaged("the end of its file is missing");
  const { bytes: lean, withoutXmp } =
    format === "png" ? leanPng(bytes, MAX_METADATA_BYTES) : { bytes: picture, withoutXmp: false };
  // The pixel limit is checked below, from the header, with a better message. Truncated data fail; harmless warnings do
  // not.
  const safe: SharpOptions = { limitInputPixels: false, failOn: "error" };
  let header: Metadata;
  try {
    header = await sharp(lean, safe).metadata();
  } catch (cause) {
    throw damaged(cause);
  }
  const { width, height, pages = 1, depth, channels } = header;
  if (!isOfFormat(header, storedAs))
    throw new UnknownFormatError(
      `${name}: it has the format ${formatName(header)}; expected ${EXPECTED}: convert it first`,
    );
  if (pages > 1)
    throw refuse(`it holds ${pages} pages or frames; expected one: save the one to work on as its own file`);
  if (depth !== "uchar" && depth !== "ushort")
    throw refuse(`it has ${depth} values; expected 8 or 16 bits a channel: convert it first`);
  // CMYK may have transparency too; it is converted to RGB.
  if (channels > (header.space === "cmyk" ? 5 : 4))
    throw refuse(`it has ${channels} channels; expected grey or RGB, with or without transparency: convert it first`);
  if (width * height > maxPixels)
    throw refuse(
      `it has ${width} x ${height} = ${width * height} pixels; expected at most ${maxPixels}: shrink it or raise the pixel limit`,
    );
  return {
    ...{
      name,
      format,
      storedAs,
      header,
      heic: storedAs === HEIC ? bytes : undefined,
      withoutXmp,
      damaged,
      jpeg,
      isCut,
    },
    density: statesDensity(storedAs, lean, header) ? (jpeg?.density ?? header.density) : undefined,
    pngColour: format === "png" ? pngColour(lean) : undefined,
    hasUnnamedChannel: format === "tiff" && header.space !== "cmyk" && hasUnnamedChannel(lean),
    colourCode: unusual(storedAs === "avif" ? colourCodeOf(bytes) : format === "png" ? cicpOf(lean) : undefined),
    decoder: (decoderOptions) => sharp(lean, { ...safe, ...decoderOptions }),
  };
}

/** The picture part of a JPEG, with an end marker, and the other data of the file. */
function openJpeg(bytes: Uint8Array) {
  const { end, wholeTo } = jpegEnd(bytes);
  const [photoshop, density] = [photoshopBlocks(jpegSegments(bytes)), jfifDensity(bytes)];
  const jpeg = { ...(photoshop ? { photoshop } : {}), ...(density ? { density } : {}) };
  if (end !== null)
    return { picture: bytes.subarray(0, end), isCut: false, jpeg: { ...jpeg, ...attachmentsOf(bytes, end) } };
  return wholeTo === null
    ? { picture: bytes, isCut: false, jpeg }
    : { picture: completedJpeg(bytes, wholeTo), isCut: true, jpeg };
}

/**
 * Code numbers of sRGB's primaries, and of transfer curves that are displayed like sRGB's, and those for "unspecified".
 */
const USUAL_PRIMARIES = [1, 2];
const USUAL_TRANSFERS = [1, 2, 6, 13, 14, 15];

const unusual = (code: ColourCode | undefined): ColourCode | undefined =>
  code && !(USUAL_PRIMARIES.includes(code.primaries) && USUAL_TRANSFERS.includes(code.transfer)) ? code : undefined;

function cicpOf(png: Uint8Array): ColourCode | undefined {
  const found = [...pngChunks(png)].find(({ type, start, end }) => type === "cICP" && end - start >= 16);
  return found && { primaries: png[found.start + 8]!, transfer: png[found.start + 9]! };
}

const X_RESOLUTION = 0x011a;

function statesDensity(format: ReadableFormat, bytes: Uint8Array, { exif }: Metadata): boolean {
  if (format === "tiff") return true;
  if (format === "png") return [...pngChunks(bytes)].some(({ type }) => type === "pHYs");
  if (format === "jpeg" && jfifDensity(bytes) !== undefined) return true;
  return exif !== undefined && exifHas(exifBody(exif), X_RESOLUTION);
}

/**
 * Returns whether the header has the expected format. AVIF and HEIC share a container; libvips reads both headers, but
 * only AVIF's pixels.
 */
const isOfFormat = ({ format, compression }: Metadata, expected: ReadableFormat): boolean =>
  (format as string) === "heif" ? expected === COMPRESSIONS[compression ?? ""] : format === expected;

const COMPRESSIONS: Readonly<Record<string, ReadableFormat>> = { av1: "avif", hevc: HEIC };

const formatName = ({ format, compression }: Metadata): string =>
  compression ? `${format} with ${compression}` : String(format);

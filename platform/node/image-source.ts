/** @file From a path or bytes to what a decoder may safely be given: every way in which that can fail, told apart. */
import { readFile } from "node:fs/promises";
import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";
import { UnblurError } from "../../src/base/errors.js";
import { IMAGE_FORMATS, type ImageFormat } from "../../src/images/photo.js";

export interface ReadOptions {
  /** What errors call the picture, where it comes as bytes. */
  readonly name?: string;
  /** Pictures with more pixels are refused before they are decoded; 200 million when left out. */
  readonly maxPixels?: number;
}

export const DEFAULT_MAX_PIXELS = 200_000_000;

const EXPECTED = `a ${Object.values(IMAGE_FORMATS)
  .map(({ name }) => name)
  .join(", ")} picture`.replace(/, (?=[^,]*$)/, " or ");

/** A file that may be whole, but is of no format that is read here. */
export class UnknownFormatError extends UnblurError {
  constructor(message: string, options?: ErrorOptions) {
    super("image", message, options);
  }
}

/** Reasons a path cannot be read, by the system's code, and what to do about each. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file; check the path",
  EISDIR: "is a folder; name the pictures in it",
  EACCES: "may not be read; check its permissions",
  ENOTDIR: "leads through a file that is not a folder; check the path",
};

async function bytesOf(source: string | Uint8Array): Promise<Uint8Array> {
  if (typeof source !== "string") return source;
  try {
    return await readFile(source);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    throw new UnblurError("file", `${source}: ${UNREADABLE[code] ?? `cannot be read (${String(cause)})`}`, { cause });
  }
}

/** An image file whose header has been read and found acceptable; pixels have not been touched yet. */
export interface ImageSource {
  readonly name: string;
  readonly format: ImageFormat;
  readonly header: Metadata;
  decoder(options?: SharpOptions): Sharp;
  /** The error for pixels that turn out to be damaged. */
  damaged(cause: unknown): UnblurError;
}

/** The decoder's own words; it tends to say them once for each part of itself. */
const reasonOf = (cause: unknown): string =>
  [...new Set((cause instanceof Error ? cause.message : String(cause)).split(/\n|: (?=Vips)/))]
    .map((line) => line.trim())
    .filter(Boolean)
    .join("; ");

/**
 * Reads a file's bytes and header. Throws `file` if the file cannot be read, and `image` if it is empty, not a picture, of
 * another format, an animation or larger than `maxPixels`.
 */
export async function openImage(
  source: string | Uint8Array,
  { name = typeof source === "string" ? source : "image", maxPixels = DEFAULT_MAX_PIXELS }: ReadOptions = {},
): Promise<ImageSource> {
  const bytes = await bytesOf(source);
  const refuse = (what: string, cause?: unknown) => new UnblurError("image", `${name}: ${what}`, { cause });
  const damaged = (cause: unknown) =>
    refuse(
      `is damaged or cut off (${reasonOf(cause)}); expected a complete ${EXPECTED.slice(2)}: copy or export it again`,
      cause,
    );
  if (bytes.length === 0) throw refuse(`is empty; expected ${EXPECTED}: copy or export it again`);
  // The limit is checked below, from the header and with a message of our own. Cut-off data fail, harmless warnings do not.
  const safe: SharpOptions = { limitInputPixels: false, failOn: "error" };
  let header: Metadata;
  try {
    header = await sharp(bytes, safe).metadata();
  } catch (cause) {
    if (!/unsupported image format/.test(reasonOf(cause))) throw damaged(cause);
    throw new UnknownFormatError(`${name}: is not a picture of a known format; expected ${EXPECTED}`, { cause });
  }
  const { width, height, pages = 1, depth } = header;
  const format = formatOf(header);
  if (!format)
    throw new UnknownFormatError(
      `${name}: has the format ${formatName(header)}; expected ${EXPECTED}: convert it first`,
    );
  if (pages > 1) throw refuse(`holds ${pages} pages or frames; expected one: save the one to work on as its own file`);
  if (depth !== "uchar" && depth !== "ushort")
    throw refuse(`has ${depth} values; expected 8 or 16 bits a channel: convert it first`);
  if (width * height > maxPixels)
    throw refuse(
      `has ${width} x ${height} = ${width * height} pixels; expected at most ${maxPixels}: shrink it or raise the pixel limit`,
    );
  return { name, format, header, damaged, decoder: (options) => sharp(bytes, { ...safe, ...options }) };
}

/** AVIF shares its container with HEIC, whose compression is patented and not built in. */
function formatOf({ format, compression }: Metadata): ImageFormat | undefined {
  if ((format as string) === "heif") return compression === "av1" ? "avif" : undefined;
  return (format as string) in IMAGE_FORMATS ? (format as ImageFormat) : undefined;
}

const formatName = ({ format, compression }: Metadata): string =>
  compression ? `${format} with ${compression}` : String(format);

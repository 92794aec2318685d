/** @file Reads and writes photographs with their metadata. PNG, JPEG, WebP, AVIF, TIFF; HEIC is read only. */
import sharp, { type Sharp } from "sharp";
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import { exifBody, uprightExif } from "../../../src/images/exif.js";
import { decodeHeic, HEIC_GAIN_MAP_WARNING, heicHasGainMap } from "../../../src/images/heic.js";
import type { Raster } from "../../../src/images/image.js";
import { withColourCode } from "../../../src/images/iso-colour.js";
import { withAttachments, withGainMapSegments, xmpWithAttachments } from "../../../src/images/jpeg-attachments.js";
import { profileFits, withJpegMetadata } from "../../../src/images/jpeg-segments.js";
import { missingShare } from "../../../src/images/missing-share.js";
import {
  formatFromPath,
  IMAGE_FORMATS,
  type ImageFormat,
  MAX_METADATA_BYTES,
  type Photo,
  type PhotoMetadata,
} from "../../../src/images/photo.js";
import { byteRaster, checkImage, depthOf, hasAlpha, isGrey } from "../../../src/images/pixels.js";
import { rasterFromRgba } from "../../../src/images/rgba-pixels.js";
import { uprightXmp } from "../../../src/images/xmp.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { heifLibrary } from "./heic.js";
import { DEFAULT_MAX_PIXELS, type ImageSource, openImage, type ReadOptions } from "./image-source.js";
import { cicpChunk, withPngChunks, withPngMetadata } from "./png-metadata.js";

export type { ReadOptions } from "./image-source.js";

/** Colour spaces whose values are kept. Others (CMYK, Lab) are converted to sRGB by their profile. */
const KEPT_SPACES = ["b-w", "grey16", "srgb", "rgb16"];

/**
 * Reads a photograph from a path or bytes: upright (the EXIF orientation is applied), values in the file's own colour
 * space (an ICC profile is kept, not applied), 8 or 16 bits, grey or RGB, with alpha if the file has it. Palettes
 * become RGB; CMYK becomes sRGB. HEIC is read in 8 bits and written as JPEG. EXIF of TIFF is not read, because libvips
 * does not support it. Throws `file` and `image`.
 */
export async function readImage(source: string | Uint8Array, options?: ReadOptions): Promise<Photo> {
  const opened = await openImage(source, options);
  const { header, format, damaged, decoder } = opened;
  const { space, hasAlpha: alpha, depth } = header;
  const kept = KEPT_SPACES.includes(space);
  const deep = depth === "ushort" && kept;
  const grey = space === "b-w" || space === "grey16";
  // Grey with alpha, 8 bits, passes as RGB with alpha: the encoder of raw bytes would drop the alpha.
  const target = deep ? (grey ? "grey16" : "rgb16") : grey && !alpha ? "b-w" : "srgb";
  try {
    const raster = opened.heic
      ? await heicRaster(opened.heic, options)
      : await decoded(decoder({ ignoreIcc: kept, autoOrient: true }).toColourspace(target), deep);
    const asked = grey && alpha && !deep && !opened.heic ? greyWithAlpha(raster) : raster;
    checkImage(asked, "readImage");
    const { metadata, warnings } = await metadataOf(opened, kept);
    return { raster: asked, format, metadata, warnings: [...pixelWarnings(opened, asked), ...warnings] };
  } catch (cause) {
    throw damaged(cause);
  }
}

async function decoded(image: Sharp, deep: boolean): Promise<Raster> {
  const { data, info } = await image.raw({ depth: deep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
  const bytes = new Uint8Array(data); // a copy: aligned for words, and not a view into the decoder's memory
  const { width, height, channels } = info;
  return { width, height, channels, data: deep ? new Uint16Array(bytes.buffer) : bytes } as Raster;
}

async function heicRaster(heic: Uint8Array, { maxPixels = DEFAULT_MAX_PIXELS }: ReadOptions = {}): Promise<Raster> {
  const { width, height, data } = await decodeHeic(await heifLibrary(), heic, maxPixels);
  return rasterFromRgba(width, height, data);
}

/** Warnings about the pixels. */
function pixelWarnings(
  { isCut, heic, hasUnnamedChannel, header: { space, depth } }: ImageSource,
  raster: Raster,
): string[] {
  const missing = isCut ? Math.ceil(100 * missingShare(raster)) : 0;
  const extent = missing > 0 ? `about ${missing} % of the picture is missing` : "its details may be coarse";
  return [
    ...(isCut ? [`the end of the photo's file is missing: ${extent}`] : []),
    ...(KEPT_SPACES.includes(space) ? [] : [`the photo's colours (${space.toUpperCase()}) were converted to sRGB`]),
    ...(depth === "ushort" && depthOf(raster) === 8 ? ["the photo's bits beyond 8 a channel were rounded"] : []),
    ...(hasUnnamedChannel ? ["the photo's last channel, which its file does not name, was read as transparency"] : []),
    ...(heic && heicHasGainMap(heic) ? [HEIC_GAIN_MAP_WARNING] : []),
  ];
}

export type RgbRaster = Raster & { readonly channels: 3; readonly data: Uint8Array };

/**
 * Reads the RGB bytes of a picture, upright, without alpha: the fast path for training. Throws as `readImage` does, and
 * `image` for a file whose end is missing, because nobody reads a warning during training.
 */
export async function readRgb(source: string | Uint8Array, options?: ReadOptions): Promise<RgbRaster> {
  const { header, damaged, decoder, heic } = await openImage(source, { ...options, whole: true });
  try {
    if (heic) return rgbOf(await heicRaster(heic, options));
    const { data, info } = await decoder({ ignoreIcc: KEPT_SPACES.includes(header.space), autoOrient: true })
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) };
  } catch (cause) {
    throw damaged(cause);
  }
}

function rgbOf(raster: Raster): RgbRaster {
  const { width, height, channels, data } = raster;
  const [green, blue] = isGrey(raster) ? [0, 0] : [1, 2];
  const out = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    out[to++] = data[from]!;
    out[to++] = data[from + green]!;
    out[to++] = data[from + blue]!;
  }
  return { width, height, channels: 3, data: out };
}

function greyWithAlpha({ width, height, data }: Raster): Raster {
  const out = new Uint8Array(2 * width * height);
  for (let i = 0; i < width * height; i++) {
    out[2 * i] = data[4 * i]!;
    out[2 * i + 1] = data[4 * i + 3]!;
  }
  return { width, height, channels: 2, data: out };
}

const METADATA_NAMES = { icc: "ICC profile", exif: "EXIF", xmp: "XMP" } as const;

/** The gain map rotated as the upright picture. */
async function uprightGainMap(gainMap: Uint8Array, orientation: number): Promise<Uint8Array> {
  if (orientation === 1) return gainMap;
  const image = sharp(gainMap, { limitInputPixels: DEFAULT_MAX_PIXELS });
  const { channels } = await image.metadata();
  const space = channels === 1 ? "b-w" : "srgb";
  const marked = await image.toColourspace(space).withMetadata({ orientation }).png().toBuffer();
  const turned = sharp(marked).autoOrient().toColourspace(space);
  return withGainMapSegments(await turned.jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(), gainMap);
}

/** The film and the gain map of a JPEG, and XMP that declares only existing parts. */
async function attachmentsIn({ jpeg, header: { orientation = 1 } }: ImageSource, xmp: Uint8Array | undefined) {
  const { film, gainMap: stored } = jpeg ?? {};
  const gainMap = stored && (await uprightGainMap(stored, orientation).catch(() => undefined)); // damaged gain map
  const packet = xmp && xmpWithAttachments(xmp, { gainMap, film });
  return {
    metadata: { ...(packet ? { xmp: packet } : {}), ...(gainMap ? { gainMap } : {}), ...(film ? { film } : {}) },
    warnings: stored && !gainMap ? ["the photo's HDR gain map was left out: it is damaged"] : [],
  };
}

/** The metadata that are kept, and warnings about the others. */
async function metadataOf(
  source: ImageSource,
  profileApplies: boolean,
): Promise<{ readonly metadata: PhotoMetadata; readonly warnings: readonly string[] }> {
  const { header, withoutXmp, pngColour, colourCode, jpeg, density } = source;
  const { icc, exif, xmp, iptc } = header;
  const found = { icc: profileApplies ? icc : undefined, exif, xmp };
  const kept = (name: keyof typeof found) =>
    (found[name]?.length ?? 0) > MAX_METADATA_BYTES ? undefined : found[name];
  const [profile, exifBytes, xmpBytes] = [kept("icc"), kept("exif"), kept("xmp")];
  const leftOut = (["icc", "exif", "xmp"] as const).filter(
    (name) => (found[name] && !kept(name)) || (name === "xmp" && withoutXmp),
  );
  const behind = await attachmentsIn(source, xmpBytes && uprightXmp(xmpBytes));
  return {
    metadata: {
      ...(profile ? { icc: new Uint8Array(profile) } : {}),
      ...(exifBytes ? { exif: uprightExif(exifBody(exifBytes)) } : {}),
      ...(density ? { density } : {}),
      ...(pngColour ? { pngColour } : {}),
      ...(colourCode ? { colourCode } : {}),
      ...(jpeg?.photoshop ? { photoshop: jpeg.photoshop } : {}),
      ...behind.metadata,
    },
    warnings: [
      ...leftOut.map(
        (name) =>
          `the photo's ${METADATA_NAMES[name]} was left out: it is damaged or has more than ${MAX_METADATA_BYTES / 1e6} MB`,
      ),
      ...(iptc && !jpeg?.photoshop ? ["the photo's IPTC metadata (caption, author) was left out"] : []),
      ...behind.warnings,
    ],
  };
}

export interface EncodeOptions {
  /** Default: the photo's format (`encodeImage`), or that of the path's ending (`writeImage`). */
  readonly format?: ImageFormat;
  /** Quality of JPEG, WebP and AVIF, 1 to 100. */
  readonly quality?: number;
}

/**
 * Encoder options of each format. Lossy formats have a quality where a second encoding is invisible; JPEG and AVIF keep
 * the full chroma resolution; PNG and TIFF are lossless. AVIF stores 16-bit pictures with 10 bits.
 */
const ENCODE = {
  png: (image) => image.png({ compressionLevel: 6, adaptiveFiltering: true }),
  jpeg: (image, { quality = 95 }) => image.jpeg({ quality, chromaSubsampling: "4:4:4" }),
  webp: (image, { quality = 95 }) => image.webp({ quality, smartSubsample: true, exact: true }),
  avif: (image, { quality = 90, deep }) => image.avif({ quality, chromaSubsampling: "4:4:4", bitdepth: deep ? 10 : 8 }),
  tiff: (image, { density }) => {
    const perMm = density === undefined ? {} : { xres: density / 25.4, yres: density / 25.4 };
    return image.tiff({ compression: "lzw", predictor: "horizontal", ...perMm });
  },
} as const satisfies Record<
  ImageFormat,
  (image: Sharp, how: { quality?: number; density?: number; deep: boolean }) => Sharp
>;

/** Formats into whose files metadata are inserted unchanged; for the others the encoder writes them. */
const INSERT: { readonly [F in ImageFormat]?: (bytes: Uint8Array, metadata: PhotoMetadata) => Uint8Array } = {
  png: (bytes, metadata) => {
    const png = withPngMetadata(bytes, metadata);
    const colour = metadata.pngColour ?? (metadata.colourCode && cicpChunk(metadata.colourCode));
    return colour ? withPngChunks(png, colour) : png;
  },
  jpeg: (bytes, metadata) => withAttachments(withJpegMetadata(bytes, metadata), metadata),
};

/**
 * The metadata that are valid in a file of this format: a profile for such pixels, XMP that declares only existing
 * parts.
 */
function metadataFor(format: ImageFormat, metadata: PhotoMetadata, grey: boolean): PhotoMetadata {
  const { icc, xmp, gainMap, film, ...rest } = metadata;
  const [keptMap, keptFilm] = format === "jpeg" ? [gainMap, film] : [undefined, undefined];
  const packet = xmp && xmpWithAttachments(xmp, { gainMap: keptMap, film: keptFilm });
  return {
    ...rest,
    ...(icc && (!INSERT[format] || profileFits(icc, grey)) ? { icc } : {}),
    ...(packet ? { xmp: packet } : {}),
    ...(keptMap ? { gainMap: keptMap } : {}),
    ...(keptFilm ? { film: keptFilm } : {}),
  };
}

const spaceOf = (raster: Raster): string =>
  depthOf(raster) === 16 ? (isGrey(raster) ? "grey16" : "rgb16") : isGrey(raster) ? "b-w" : "srgb";

const openRaw = ({ width, height, channels, data }: Raster): Sharp =>
  sharp(data, { raw: { width, height, channels }, limitInputPixels: false });

/**
 * Encodes a photo as the bytes of a file, with its profile, EXIF (not in TIFF), XMP and density. Properties that a
 * format cannot hold are converted: 16 bits are rounded to 8, and transparency is laid on white in JPEG. Throws
 * `image`, for instance if the picture is too large for the format.
 */
export async function encodeImage(
  { raster, metadata, format: own }: Photo,
  { format = own, quality }: EncodeOptions = {},
): Promise<Uint8Array> {
  checkImage(raster, "encodeImage");
  if (quality !== undefined && !(quality >= 1 && quality <= 100))
    throw argumentError("encodeImage", "quality must lie in 1 .. 100", quality);
  if (!Object.hasOwn(IMAGE_FORMATS, format))
    throw argumentError("encodeImage", `format: expected one of ${Object.keys(IMAGE_FORMATS).join(", ")}`, format);
  const { deep, alpha, name } = IMAGE_FORMATS[format];
  const fitting = deep ? raster : byteRaster(raster);
  const carried = metadataFor(format, metadata, isGrey(fitting));
  const how = {
    ...(quality ? { quality: Math.round(quality) } : {}),
    ...(metadata.density ? { density: metadata.density } : {}),
    deep: depthOf(fitting) === 16,
  };
  const space = spaceOf(fitting);
  const flatten = hasAlpha(fitting) && !alpha;
  try {
    let image = openRaw(fitting);
    if (!INSERT[format] && Object.keys(metadata).length > 0) {
      // sharp copies metadata from a picture only, not from bytes: an uncompressed PNG of the pixels carries them.
      const png = await image.toColourspace(space).png({ compressionLevel: 0 }).toBuffer();
      image = sharp(withPngMetadata(png, carried), { limitInputPixels: false }).keepMetadata();
    }
    if (flatten) image = image.flatten({ background: "white" });
    const bytes = await ENCODE[format](image.toColourspace(space), how).toBuffer();
    const coded = format === "avif" && carried.colourCode ? withColourCode(bytes, carried.colourCode) : undefined;
    return new Uint8Array(INSERT[format]?.(bytes, carried) ?? coded ?? bytes);
  } catch (cause) {
    throw new UnblurError(
      "image",
      `a picture of ${raster.width} x ${raster.height} could not be written as ${name} (${String(cause)}); try PNG or TIFF`,
      { cause },
    );
  }
}

/** Writes a photo atomically. The path's ending determines the format. Throws `file`, `image`. */
export async function writeImage(path: string, photo: Photo, options: EncodeOptions = {}): Promise<void> {
  const format = options.format ?? formatFromPath(path);
  if (!format) {
    const endings = Object.values(IMAGE_FORMATS).flatMap(({ extensions }) => extensions);
    throw new UnblurError(
      "file",
      `${path}: the name has no known ending; expected one of ${endings.join(" ")}, or a format option`,
    );
  }
  await writeFileAtomically(path, await encodeImage(photo, { ...options, format }));
}

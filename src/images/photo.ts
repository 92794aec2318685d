/** @file A photograph from a file: upright pixels, and the other contents of the file, which are written back. */
import type { Raster } from "./image.js";

/**
 * The formats that are read and written. `extensions`: file name endings, the usual one first. `deep`: holds more than
 * 8 bits per channel (AVIF 10, the others 16). `alpha`: holds transparency.
 */
export const IMAGE_FORMATS = {
  png: { name: "PNG", extensions: [".png"], deep: true, alpha: true },
  jpeg: { name: "JPEG", extensions: [".jpg", ".jpeg", ".jpe", ".jfif"], deep: false, alpha: false },
  webp: { name: "WebP", extensions: [".webp"], deep: false, alpha: true },
  avif: { name: "AVIF", extensions: [".avif"], deep: true, alpha: true },
  tiff: { name: "TIFF", extensions: [".tif", ".tiff"], deep: true, alpha: true },
} as const satisfies Record<string, { name: string; extensions: readonly string[]; deep: boolean; alpha: boolean }>;

export type ImageFormat = keyof typeof IMAGE_FORMATS;

/**
 * Profile, EXIF and XMP of more bytes are left out. The largest profiles of printers have some 4 MB; every copy of more
 * would cost memory and time.
 */
export const MAX_METADATA_BYTES = 8e6;

const endingOf = (path: string): string | undefined => /\.[^./\\]+$/.exec(path)?.[0].toLowerCase();

/** File name endings of the raw files of cameras: the sensor's values, of which a raw developer makes a picture. */
const RAW_ENDINGS =
  ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f".split(
    " ",
  );

/** "2 camera raw files". */
export const rawsCalled = (count: number): string => `${count} camera raw file${count === 1 ? "" : "s"}`;

/** Advice on `count` camera raw files, as the end of a sentence: "export them as JPEG or TIFF first". */
export const rawAdvice = (count: number, formats = "JPEG or TIFF"): string =>
  `export ${count === 1 ? "it" : "them"} as ${formats} first`;

/** Returns whether a name is that of a camera raw file, which is not read. */
export const isRawPath = (path: string): boolean => RAW_ENDINGS.includes(endingOf(path) ?? "");

/** File name endings of picture formats that are not written. */
const OTHER_PICTURES = [
  ...RAW_ENDINGS,
  ...".apng .bmp .dds .emf .eps .exr .gif .hdr .heic .heif .hif .ico .j2k .jp2 .jpf .jpx .jxl".split(" "),
  ...".pam .pbm .pcx .pdf .pgm .pnm .ppm .psd .svg .tga .xcf".split(" "),
];

/** The ending of a file name for a picture format that is not written, or undefined. */
export function otherPictureEnding(path: string): string | undefined {
  const ending = endingOf(path);
  return ending !== undefined && OTHER_PICTURES.includes(ending) ? ending : undefined;
}

/** The format that a file's name stands for, or undefined. */
export function formatFromPath(path: string): ImageFormat | undefined {
  const ending = endingOf(path);
  const found = Object.entries(IMAGE_FORMATS).find(([, { extensions }]) =>
    (extensions as readonly string[]).includes(ending ?? ""),
  );
  return found?.[0] as ImageFormat | undefined;
}

/** Returns whether a name is that of a HEIC file, which is read, and written as JPEG. */
export const isHeicPath = (path: string): boolean => [".heic", ".heif", ".hif"].includes(endingOf(path) ?? "");

/** Colours by number (ITU-T H.273): 9 and 16, say, are BT.2020 and PQ, an HDR picture. */
export interface ColourCode {
  readonly primaries: number;
  readonly transfer: number;
}

/**
 * Contents of a file beside pixels, as opaque bytes. They are written back and not interpreted, except for the
 * orientation.
 */
export interface PhotoMetadata {
  /** ICC profile of the pixel values. Pixels are never converted by it. */
  readonly icc?: Uint8Array;
  /**
   * EXIF, from its byte-order mark ("II" or "MM") on. Its orientation is 1, because it has been applied to the pixels.
   */
  readonly exif?: Uint8Array;
  /** XMP packet. */
  readonly xmp?: Uint8Array;
  /** Photoshop's blocks in the form of JPEG, such as IPTC (caption, author). Written to JPEG files only. */
  readonly photoshop?: Uint8Array;
  /**
   * A JPEG that turns the picture into its HDR version, with the orientation of the pixels. Written to JPEG files only.
   */
  readonly gainMap?: Uint8Array;
  /** The film of a motion photo, an MP4 file. Written to JPEG files only. */
  readonly film?: Uint8Array;
  /** Colours of the pixel values by number, as HDR pictures have them. Written to AVIF and PNG files only. */
  readonly colourCode?: ColourCode;
  /** Pixels per inch. */
  readonly density?: number;
  /** Whole PNG chunks that define colours without a profile (sRGB, gAMA, cHRM, cICP and others). */
  readonly pngColour?: Uint8Array;
}

/** Plain data that can be posted to a worker. */
export interface Photo {
  readonly raster: Raster;
  /** Format of the file it was read from. */
  readonly format: ImageFormat;
  readonly metadata: PhotoMetadata;
  /** Warnings about parts of the file that were not kept, one sentence each. */
  readonly warnings?: readonly string[];
}

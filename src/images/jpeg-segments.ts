/**
 * @file Segments and end of a JPEG file (ITU-T T.81, annex B): reads its metadata and writes it into another file.
 */
import { joinedBytes } from "../base/joined-bytes.js";
import { beginsWith, latin1Bytes } from "./bytes.js";
import { exifBody, orientationOf, uprightExif } from "./exif.js";
import type { PhotoMetadata } from "./photo.js";
import { uprightXmp } from "./xmp.js";

const [SOI, EOI, SOS, APP0, APP1, APP2, APP13] = [0xd8, 0xd9, 0xda, 0xe0, 0xe1, 0xe2, 0xed];
const [TEM, RST0, RST7] = [0x01, 0xd0, 0xd7];
const EXIF = "Exif\0\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const ICC = "ICC_PROFILE\0";
const PHOTOSHOP = "Photoshop 3.0\0";
/** Largest body of a segment, after its marker and length. */
const MAX_SEGMENT_BYTES = 65_533;

export interface JpegSegment {
  readonly marker: number;
  /** Offset of its marker. */
  readonly start: number;
  /** Content after marker and length. */
  readonly body: Uint8Array;
  readonly end: number;
}

/** Markers without a length: TEM and the restart markers. */
const isStandalone = (marker: number): boolean => marker === TEM || (marker >= RST0 && marker <= RST7);

/** Segments from `from` to the next scan, and the scan's offset; null if the file ends before it or is invalid. */
function segmentsFrom(jpeg: Uint8Array, from: number) {
  const found: JpegSegment[] = [];
  let at = from;
  while (at + 2 <= jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1]!;
    if (marker === 0xff)
      at += 1; // any number of fill bytes may precede a marker (B.1.1.2)
    else if (isStandalone(marker)) at += 2;
    else if (marker === EOI) return { found, scan: null, end: at + 2, at };
    else {
      const end = at + 2 + ((jpeg[at + 2] ?? 0) << 8) + (jpeg[at + 3] ?? 0);
      if (at + 4 > jpeg.length || end > jpeg.length || end < at + 4) break;
      if (marker === SOS) return { found, scan: end, end: null, at };
      found.push({ marker, start: at, body: jpeg.subarray(at + 4, end), end });
      at = end;
    }
  }
  return { found, scan: null, end: null, at };
}

/** Segments before the pixels, up to the first invalid one. */
export const jpegSegments = (jpeg: Uint8Array): readonly JpegSegment[] =>
  jpeg[0] === 0xff && jpeg[1] === SOI ? segmentsFrom(jpeg, 2).found : [];

/** Offset of the first marker after the coded pixels from `from` on; the length of the file if there is none. */
function endOfScan(jpeg: Uint8Array, from: number): number {
  for (let at = jpeg.indexOf(0xff, from); at >= 0 && at + 1 < jpeg.length; at = jpeg.indexOf(0xff, at)) {
    const next = jpeg[at + 1]!;
    if (next === 0xff) at += 1;
    else if (next === 0 || isStandalone(next)) at += 2;
    else return at;
  }
  return jpeg.length;
}

export interface JpegEnd {
  /** Offset after the first picture of the file; null if the file is cut off before it. */
  readonly end: number | null;
  /** If `end` is null: number of intact bytes, beyond the start of the pixels; null if there are none. */
  readonly wholeTo: number | null;
}

/** The end of the first picture of a JPEG file; other pictures or a film may follow it. */
export function jpegEnd(jpeg: Uint8Array): JpegEnd {
  let wholeTo: number | null = null;
  for (let at = 2; ; ) {
    const part = segmentsFrom(jpeg, at);
    if (part.end !== null) return { end: part.end, wholeTo };
    if (part.scan === null) return { end: null, wholeTo: wholeTo === null ? null : part.at };
    at = endOfScan(jpeg, part.scan);
    wholeTo = at;
    if (at === jpeg.length) return { end: null, wholeTo };
  }
}

/** Appends an end marker to a JPEG that is cut off, so that decoders return the part that is there. */
export function completedJpeg(jpeg: Uint8Array, wholeTo: number): Uint8Array<ArrayBuffer> {
  const to = jpeg[wholeTo - 1] === 0xff ? wholeTo - 1 : wholeTo; // the first half of a marker
  return joinedBytes([jpeg.subarray(0, to), Uint8Array.of(0xff, EOI)]);
}

export const jpegSegment = (marker: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = joinedBytes(parts);
  return joinedBytes([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body]);
};

/** The ICC profile, joined from its parts in the order of their numbers (ICC.1, B.4). */
function profileOf(segments: readonly JpegSegment[]): Uint8Array | undefined {
  const parts = segments.filter(({ marker, body }) => marker === APP2 && beginsWith(body, ICC));
  if (parts.length === 0) return undefined;
  const at = ICC.length;
  const sorted = parts.toSorted((a, b) => a.body[at]! - b.body[at]!);
  return joinedBytes(sorted.map(({ body }) => body.subarray(at + 2)));
}

/** Returns whether a profile fits the pixels: a CMYK profile does not fit pixels that were converted. */
export const profileFits = (icc: Uint8Array, grey: boolean): boolean => beginsWith(icc, grey ? "GRAY" : "RGB ", 16);

/** Types of Photoshop's blocks with a preview, which shows the photo before restoration. */
const PREVIEWS = [0x0409, 0x040c];

/** Photoshop's blocks (IPTC among them) without previews; undefined if there are none or they are damaged. */
export function photoshopBlocks(segments: readonly JpegSegment[]): Uint8Array | undefined {
  const all = joinedBytes(
    segments
      .filter(({ marker, body }) => marker === APP13 && beginsWith(body, PHOTOSHOP))
      .map(({ body }) => body.subarray(PHOTOSHOP.length)),
  );
  const kept: Uint8Array[] = [];
  for (let at = 0; at + 12 <= all.length; ) {
    if (!beginsWith(all, "8BIM", at)) return undefined;
    const number = (all[at + 4]! << 8) | all[at + 5]!;
    const sizeAt = at + 6 + ((all[at + 6]! + 2) & ~1); // a name with its length byte, padded to even
    const size = new DataView(all.buffer).getUint32(Math.min(sizeAt, all.length - 4));
    const end = sizeAt + 4 + size;
    if (end > all.length) return undefined;
    if (!PREVIEWS.includes(number)) kept.push(all.subarray(at, end), new Uint8Array(size % 2));
    at = end + (size % 2);
  }
  return kept.length > 0 ? joinedBytes(kept) : undefined;
}

/** Orientation of the stored pixels, 1 to 8. */
export function jpegOrientation(jpeg: Uint8Array): number {
  const exif = jpegSegments(jpeg).find(({ marker, body }) => marker === APP1 && beginsWith(body, EXIF))?.body;
  return exif ? orientationOf(exifBody(exif)) : 1;
}

/** Metadata of the file with upright orientation; empty if it is no JPEG. */
export function jpegMetadata(jpeg: Uint8Array): PhotoMetadata {
  const segments = jpegSegments(jpeg);
  const app1 = (start: string) => segments.find(({ marker, body }) => marker === APP1 && beginsWith(body, start))?.body;
  const [icc, exif, xmp] = [profileOf(segments), app1(EXIF), app1(XMP)];
  const photoshop = photoshopBlocks(segments);
  return {
    ...(icc ? { icc } : {}),
    ...(exif ? { exif: uprightExif(exifBody(exif)) } : {}),
    ...(xmp ? { xmp: uprightXmp(xmp.subarray(XMP.length)) } : {}),
    ...(photoshop ? { photoshop } : {}),
  };
}

/** Pixels per inch from the file's JFIF header; undefined if there is none. */
export function jfifDensity(jpeg: Uint8Array): number | undefined {
  const jfif = jpegSegments(jpeg).find(({ marker, body }) => marker === APP0 && beginsWith(body, "JFIF\0"))?.body;
  if (!jfif || jfif.length < 12) return undefined;
  const value = (jfif[8]! << 8) | jfif[9]!;
  return jfif[7] === 1 ? value : jfif[7] === 2 ? value * 2.54 : undefined;
}

/** Splits a block into parts that fit into segments after a prefix. */
const inParts = (bytes: Uint8Array, most: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / most) }, (_, k) => bytes.subarray(k * most, (k + 1) * most));

function segmentsFor({ icc, exif, xmp, photoshop, density }: PhotoMetadata): Uint8Array[] {
  const fits = (body: Uint8Array | undefined, head: string): body is Uint8Array =>
    body !== undefined && head.length + body.length <= MAX_SEGMENT_BYTES;
  const profile = inParts(icc ?? new Uint8Array(), MAX_SEGMENT_BYTES - ICC.length - 2);
  const blocks = inParts(photoshop ?? new Uint8Array(), MAX_SEGMENT_BYTES - PHOTOSHOP.length);
  const dots = Math.min(65_535, Math.round(density ?? 0));
  const jfif = [1, 1, 1, dots >> 8, dots & 255, dots >> 8, dots & 255, 0, 0]; // version 1.1, dots per inch, no preview
  return [
    ...(dots > 0 ? [jpegSegment(APP0, latin1Bytes("JFIF\0"), Uint8Array.from(jfif))] : []),
    ...(fits(exif, EXIF) ? [jpegSegment(APP1, latin1Bytes(EXIF), exif)] : []),
    ...(fits(xmp, XMP) ? [jpegSegment(APP1, latin1Bytes(XMP), xmp)] : []),
    ...(profile.length <= 255
      ? profile.map((part, k) => jpegSegment(APP2, latin1Bytes(ICC), Uint8Array.of(k + 1, profile.length), part))
      : []),
    ...blocks.map((part) => jpegSegment(APP13, latin1Bytes(PHOTOSHOP), part)),
  ];
}

/** Names of the metadata blocks that are too large for JPEG. */
export const tooLargeForJpeg = ({ exif, xmp }: PhotoMetadata): string[] => [
  ...(exif && exif.length + EXIF.length > MAX_SEGMENT_BYTES ? ["EXIF"] : []),
  ...(xmp && xmp.length + XMP.length > MAX_SEGMENT_BYTES ? ["XMP"] : []),
];

/** A copy of a JPEG with this metadata in place of its own. Blocks that are too large for JPEG are left out. */
export function withJpegMetadata(jpeg: Uint8Array, metadata: PhotoMetadata): Uint8Array<ArrayBuffer> {
  const own = jpegSegments(jpeg);
  const replaced = [APP1, APP2, APP13, ...(metadata.density ? [APP0] : [])];
  const header = own[0]?.marker === APP0 && !replaced.includes(APP0) ? own[0].end : 2;
  const rest = own.filter(({ start, marker }) => start >= header && !replaced.includes(marker));
  return joinedBytes([
    jpeg.subarray(0, header),
    ...segmentsFor(metadata),
    ...rest.map(({ start, end }) => jpeg.subarray(start, end)),
    jpeg.subarray(own.at(-1)?.end ?? 2),
  ]);
}

/** Returns whether the file's profile is Display P3, which phone cameras write. */
export function isDisplayP3(icc: Uint8Array | undefined): boolean {
  if (!icc) return false;
  // The description is Latin-1 or UTF-16; without zero bytes both read alike.
  const text = String.fromCharCode(...icc.filter((byte) => byte !== 0).subarray(0, 8000));
  return text.includes("Display P3");
}

/**
 * @file What a JPEG file says beside its pixels, taken from one file and put into another, byte for byte (ITU-T T.81, annex B: markers
 * and segments). EXIF's orientation becomes 1, for the pixels have been turned.
 */
import { joinedBytes } from "../../src/base/joined-bytes.js";
import { beginsWith } from "../../src/images/bytes.js";
import { exifBody, uprightExif, uprightXmp } from "../../src/images/exif.js";

const [SOI, SOS, APP0, APP1, APP2, APP13] = [0xd8, 0xda, 0xe0, 0xe1, 0xe2, 0xed];
const [TEM, RST0, RST7] = [0x01, 0xd0, 0xd7];
const EXIF = "Exif\0\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const ICC = "ICC_PROFILE\0";

interface Segment {
  readonly marker: number;
  /** Without marker and length. */
  readonly body: Uint8Array;
  readonly end: number;
}

/** Markers that stand alone, without a length: TEM and the restart markers. */
const standsAlone = (marker: number): boolean => marker === TEM || (marker >= RST0 && marker <= RST7);

/** Segments before the pixels, as far as the file is sound. Any number of bytes 0xFF may stand before a marker (B.1.1.2). */
function segments(jpeg: Uint8Array): Segment[] {
  const found: Segment[] = [];
  if (jpeg[0] !== 0xff || jpeg[1] !== SOI) return found;
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; ) {
    const marker = jpeg[at + 1]!;
    if (marker === 0xff) at += 1;
    else if (standsAlone(marker)) at += 2;
    else {
      const end = at + 2 + (jpeg[at + 2]! << 8) + jpeg[at + 3]!;
      if (marker === SOS || end > jpeg.length) break;
      found.push({ marker, body: jpeg.subarray(at + 4, end), end });
      at = end;
    }
  }
  return found;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const segment = (marker: number, body: Uint8Array): Uint8Array =>
  joinedBytes([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body]);

/** The segments to carry over: EXIF, XMP, ICC profile and IPTC. Empty for what is no JPEG. */
export function jpegMetadata(jpeg: Uint8Array): readonly Uint8Array[] {
  return segments(jpeg).flatMap(({ marker, body }) => {
    if (marker === APP1 && beginsWith(body, EXIF))
      return [segment(APP1, joinedBytes([latin1(EXIF), uprightExif(exifBody(body))]))];
    if (marker === APP1 && beginsWith(body, XMP))
      return [segment(APP1, joinedBytes([latin1(XMP), uprightXmp(body.subarray(XMP.length))]))];
    return (marker === APP2 && beginsWith(body, ICC)) || marker === APP13 ? [segment(marker, body)] : [];
  });
}

/** A copy of a JPEG with these segments in the place of its own EXIF, profile and IPTC, after its JFIF header. */
export function withJpegMetadata(jpeg: Uint8Array, metadata: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const own = segments(jpeg);
  const header = own[0]?.marker === APP0 ? own[0].end : 2;
  const rest = own.filter(({ end, marker }) => end > header && ![APP1, APP2, APP13].includes(marker));
  const tail = own.at(-1)?.end ?? 2;
  return joinedBytes([
    jpeg.subarray(0, header),
    ...metadata,
    ...rest.map(({ marker, body }) => segment(marker, body)),
    jpeg.subarray(tail),
  ]);
}

/** Whether the file's profile says Display P3, which cameras of phones write. */
export const isDisplayP3 = (jpeg: Uint8Array): boolean =>
  segments(jpeg).some(({ marker, body }) => {
    if (marker !== APP2 || !beginsWith(body, ICC)) return false;
    // The description is in Latin-1 or in UTF-16: without zero bytes both read alike.
    const text = String.fromCharCode(...body.filter((byte) => byte !== 0).subarray(0, 8000));
    return text.includes("Display P3");
  });

/**
 * @file Data that phones append to a JPEG picture: a gain map, from which screens compute the HDR version (Ultra HDR
 * 1.1, ISO 21496-1), and the film of a motion photo. Previews and other appended pictures are dropped, because they
 * show the photo before restoration.
 */
import { joinedBytes } from "../base/joined-bytes.js";
import { beginsWith, indexOfText, latin1Bytes } from "./bytes.js";
import { jpegEnd, jpegSegment, jpegSegments } from "./jpeg-segments.js";
import type { PhotoMetadata } from "./photo.js";
import { xmpPromises, xmpWithLength, xmpWithout } from "./xmp.js";

const [APP1, APP2] = [0xe1, 0xe2];
const MPF = "MPF\0";
const ISO_GAIN_MAP = "urn:iso:std:iso:ts:21496:-1\0";
const ADOBE_GAIN_MAP = "http://ns.adobe.com/hdr-gain-map/1.0/";

/** Limit of appended pictures: cameras append a few previews, and no camera writes more than this. */
const MAX_PICTURES = 50;

const isIso = ({ marker, body }: { marker: number; body: Uint8Array }): boolean =>
  marker === APP2 && beginsWith(body, ISO_GAIN_MAP);

const isGainMap = (jpeg: Uint8Array): boolean =>
  jpegSegments(jpeg).some(
    (segment) => isIso(segment) || (segment.marker === APP1 && indexOfText(segment.body, ADOBE_GAIN_MAP) >= 0),
  );

export type JpegAttachments = Pick<PhotoMetadata, "gainMap" | "film">;

/** Data after the picture, which ends at `end`: the first gain map, and the film with everything after it. */
export function attachmentsOf(jpeg: Uint8Array, end: number): JpegAttachments {
  let gainMap: Uint8Array | undefined;
  let filmAt = end; // the next search starts after it, so the search stays linear
  let pictures = 0;
  for (let at = end; at < jpeg.length; ) {
    if (beginsWith(jpeg, "\xff\xd8\xff", at)) {
      if (++pictures > MAX_PICTURES) break;
      const { end: length } = jpegEnd(jpeg.subarray(at));
      if (length === null) break;
      const part = jpeg.subarray(at, at + length);
      if (!gainMap && isGainMap(part)) gainMap = new Uint8Array(part);
      at += length;
    } else if (beginsWith(jpeg, "ftyp", at + 4))
      return { ...(gainMap ? { gainMap } : {}), film: new Uint8Array(jpeg.subarray(at)) };
    else {
      const next = indexOfText(jpeg, "\xff\xd8\xff", at + 1);
      if (filmAt <= at) {
        const found = indexOfText(jpeg, "ftyp", at + 5);
        filmAt = found < 0 ? jpeg.length : found - 4;
      }
      at = next < 0 ? filmAt : Math.min(next, filmAt);
    }
  }
  return gainMap ? { gainMap } : {};
}

/** A copy of an XMP packet that lists the appended parts with their lengths. */
export function xmpWithAttachments(
  xmp: Uint8Array,
  { gainMap, film }: { readonly gainMap?: Uint8Array | undefined; readonly film?: Uint8Array | undefined },
): Uint8Array {
  const kept = !film && xmpPromises(xmp, "film") ? xmpWithout(xmp, "film") : xmp;
  if (gainMap) return xmpWithLength(kept, "gain map", gainMap.length);
  return xmpPromises(kept, "gain map") ? xmpWithout(kept, "gain map") : kept;
}

/** A copy of a gain map with the pixels of `turned`, a JPEG. The gain map's segments say how it is applied. */
export function withGainMapSegments(turned: Uint8Array, gainMap: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = jpegSegments(gainMap).filter(({ marker }) => marker === APP1 || marker === APP2);
  return joinedBytes([
    turned.subarray(0, 2),
    ...kept.map(({ start, end }) => gainMap.subarray(start, end)),
    turned.subarray(2),
  ]);
}

const [UNDEFINED, LONG] = [7, 4];
/** Bytes of the index: byte order and first directory, three entries, no next directory, two pictures of 16 bytes. */
const INDEX_BYTES = 8 + 2 + 3 * 12 + 4 + 2 * 16;

/** Index of a file with two pictures (CIPA DC-007, 5.2). Offsets count from its byte-order mark. */
function pictureIndex(first: number, second: { readonly bytes: number; readonly offset: number }): Uint8Array {
  const bytes = new Uint8Array(INDEX_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(latin1Bytes("MM\0*"));
  view.setUint32(4, 8);
  view.setUint16(8, 3);
  const entries = [
    [0xb000, UNDEFINED, 4, 0x30313030], // version "0100"
    [0xb001, LONG, 1, 2], // number of pictures
    [0xb002, UNDEFINED, 32, 50], // offset of their list
  ] as const;
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    view.setUint16(10 + 12 * i, tag);
    view.setUint16(12 + 12 * i, type);
    view.setUint32(14 + 12 * i, count);
    view.setUint32(18 + 12 * i, value);
  }
  view.setUint32(50, 0x00030000); // the primary picture, a JPEG
  view.setUint32(54, first);
  view.setUint32(70, second.bytes);
  view.setUint32(74, second.offset);
  return bytes;
}

/** A copy of a JPEG that already has its metadata, with a gain map and a film appended. */
export function withAttachments(jpeg: Uint8Array, { gainMap, film }: JpegAttachments): Uint8Array<ArrayBuffer> {
  const behind = film ? [film] : [];
  if (!gainMap) return joinedBytes([jpeg, ...behind]);
  const at = jpegSegments(jpeg).findLast(({ marker }) => marker === APP1 || marker === APP2)?.end ?? 2;
  const isoVersion = jpegSegments(gainMap).some(isIso)
    ? jpegSegment(APP2, latin1Bytes(ISO_GAIN_MAP), new Uint8Array(4))
    : new Uint8Array();
  const mark = at + isoVersion.length + 4 + MPF.length; // after marker and length
  const primary = jpeg.length + isoVersion.length + 4 + MPF.length + INDEX_BYTES;
  const index = pictureIndex(primary, { bytes: gainMap.length, offset: primary - mark });
  return joinedBytes([
    ...[jpeg.subarray(0, at), isoVersion, jpegSegment(APP2, latin1Bytes(MPF), index), jpeg.subarray(at)],
    ...[gainMap, ...behind],
  ]);
}

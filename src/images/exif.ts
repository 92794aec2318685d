/**
 * @file What no longer holds in the metadata of a picture whose pixels stand upright in a new file: the orientation; the preview,
 * which was stored unturned and shows the picture before it was changed; a film that lay behind it. All else stays, byte for byte.
 */
import { beginsWith } from "./bytes.js";

const ORIENTATION = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;
const EXIF_PREFIX = "Exif\0\0";

/** EXIF bytes from the byte-order mark on: JPEG, WebP and AVIF put "Exif\0\0" before it, PNG does not. */
export function exifBody(exif: Uint8Array): Uint8Array {
  const start = beginsWith(exif, EXIF_PREFIX) ? EXIF_PREFIX.length : 0;
  return new Uint8Array(exif.subarray(start)); // not `slice`: that of a Node Buffer is a view
}

/**
 * A copy with orientation 1 and without the link to the preview (IFD1). `exif` starts at the byte-order mark ("II" or "MM").
 * Decoders obey an orientation of any integer type, and one in a directory that is cut off; therefore the whole entry is
 * replaced by the one form the standard knows, a single SHORT. Bytes that are not EXIF are copied as they are.
 */
export function uprightExif(exif: Uint8Array): Uint8Array {
  const out = new Uint8Array(exif); // a copy
  const view = new DataView(out.buffer);
  const little = beginsWith(out, "II");
  if ((!little && !beginsWith(out, "MM")) || out.length < 8) return out;
  const start = view.getUint32(4, little);
  if (start + 2 > out.length) return out;
  const end = start + 2 + view.getUint16(start, little) * ENTRY_BYTES;
  for (let entry = start + 2; entry + ENTRY_BYTES <= Math.min(end, out.length); entry += ENTRY_BYTES) {
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    view.setUint16(entry + 2, SHORT, little);
    view.setUint32(entry + 4, 1, little);
    view.setUint32(entry + 8, 0, little);
    view.setUint16(entry + 8, 1, little);
  }
  if (end + 4 <= out.length) view.setUint32(end, 0, little);
  return out;
}

/** Where XMP gives the orientation a digit: as an attribute and as an element. The lengths are bounded, and so is the search. */
const ORIENTATIONS = [
  /tiff:Orientation\s{0,99}=\s{0,99}["']\s{0,9}[2-8](?=\s{0,9}["'])/g,
  /<tiff:Orientation(?:\s[^<>]{0,99})?>\s{0,99}[2-8](?=\s{0,99}<)/g,
];
/** Where XMP promises a film behind the picture (a motion photo), which a new picture has not. */
const FILMS = [
  /Camera:(?:MotionPhoto|MicroVideo)\s{0,99}=\s{0,99}["']1(?=["'])/g,
  /Camera:(?:MotionPhoto|MicroVideo)>\s{0,99}1(?=\s{0,99}<)/g,
];

/** A character a byte, whatever the packet's encoding. */
const characters = (xmp: Uint8Array): string => new TextDecoder("latin1").decode(xmp);

/** A copy of an XMP packet with orientation 1 and no promise of a film, both as attribute and as element. */
export function uprightXmp(xmp: Uint8Array): Uint8Array {
  const out = new Uint8Array(xmp);
  const text = characters(xmp);
  const setDigit = (patterns: readonly RegExp[], digit: string) => {
    for (const pattern of patterns)
      for (const { index, 0: found } of text.matchAll(pattern)) out[index + found.length - 1] = digit.charCodeAt(0);
  };
  setDigit(ORIENTATIONS, "1");
  setDigit(FILMS, "0");
  return out;
}

/** Whether XMP promises a film behind the picture. */
export const promisesFilm = (xmp: Uint8Array): boolean => {
  const text = characters(xmp);
  return FILMS.some((pattern) => text.search(pattern) >= 0);
};

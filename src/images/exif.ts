/**
 * @file Removes EXIF entries that no longer hold when an upright picture is written to a new file: the orientation, and
 * the preview, which was stored before rotation and shows the unedited picture; and corrects the size of one that is
 * enlarged. All else stays, byte for byte.
 */
import { beginsWith, viewOf } from "./bytes.js";

const ORIENTATION = 0x0112;
/** The picture's size, in the first directory and in that of EXIF's own tags, whose offset `EXIF_DIRECTORY` holds. */
const [IMAGE_WIDTH, IMAGE_LENGTH, EXIF_DIRECTORY, PIXEL_X, PIXEL_Y] = [0x0100, 0x0101, 0x8769, 0xa002, 0xa003];
const [SHORT, LONG] = [3, 4];
const ENTRY_BYTES = 12;
const EXIF_PREFIX = "Exif\0\0";

/**
 * Offset of a tag's entry in a directory of EXIF that starts at its byte-order mark; null if there is none. The
 * directory is the first one, or that at `directory`.
 */
function entryOf(exif: Uint8Array, tag: number, directory?: number): number | null {
  const view = viewOf(exif);
  const little = beginsWith(exif, "II");
  if ((!little && !beginsWith(exif, "MM")) || exif.length < 8) return null;
  const start = directory ?? view.getUint32(4, little);
  if (start + 2 > exif.length) return null;
  const end = Math.min(start + 2 + view.getUint16(start, little) * ENTRY_BYTES, exif.length - ENTRY_BYTES + 1);
  for (let entry = start + 2; entry < end; entry += ENTRY_BYTES)
    if (view.getUint16(entry, little) === tag) return entry;
  return null;
}

/** Returns whether the first directory of EXIF, from its byte-order mark on, has an entry of this tag. */
export const exifHas = (exif: Uint8Array, tag: number): boolean => entryOf(exif, tag) !== null;

/** EXIF with nothing but an orientation, from its byte-order mark on. */
export const exifWithOrientation = (orientation: number): Uint8Array =>
  Uint8Array.from([77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);

/** Orientation from a SHORT in EXIF that starts at its byte-order mark: 1 to 8; 1 if there is none. */
export function orientationOf(exif: Uint8Array): number {
  const entry = entryOf(exif, ORIENTATION);
  if (entry === null) return 1;
  const value = viewOf(exif).getUint16(entry + 8, beginsWith(exif, "II"));
  return value >= 1 && value <= 8 ? value : 1;
}

/** EXIF bytes from the byte-order mark on. JPEG, WebP and AVIF precede it with "Exif\0\0", PNG does not. */
export function exifBody(exif: Uint8Array): Uint8Array {
  const start = beginsWith(exif, EXIF_PREFIX) ? EXIF_PREFIX.length : 0;
  return new Uint8Array(exif.subarray(start)); // not `slice`, which returns a view for a Node Buffer
}

/**
 * A copy with orientation 1 and without the link to the preview (IFD1). `exif` starts at the byte-order mark ("II" or
 * "MM"). Decoders obey an orientation of any integer type, even in a truncated directory, so the whole entry is
 * replaced by the one form in the standard, a single SHORT. Bytes that are not EXIF are copied unchanged.
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

/**
 * A copy whose statements of the picture's size, where it has any, are the given ones. `exif` starts at the byte-order
 * mark. Bytes that are not EXIF are copied unchanged.
 */
export function exifWithSize(
  exif: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const out = new Uint8Array(exif);
  const view = new DataView(out.buffer);
  const little = beginsWith(out, "II");
  const link = entryOf(out, EXIF_DIRECTORY);
  const directory = link === null ? undefined : view.getUint32(link + 8, little);
  const entries = [
    [entryOf(out, IMAGE_WIDTH), width],
    [entryOf(out, IMAGE_LENGTH), height],
    [directory === undefined ? null : entryOf(out, PIXEL_X, directory), width],
    [directory === undefined ? null : entryOf(out, PIXEL_Y, directory), height],
  ] as const;
  for (const [entry, value] of entries) {
    if (entry === null) continue;
    view.setUint16(entry + 2, LONG, little); // a SHORT ends at 65535
    view.setUint32(entry + 4, 1, little);
    view.setUint32(entry + 8, value, little);
  }
  return out;
}

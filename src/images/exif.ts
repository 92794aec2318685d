/**
 * @file The two things a picture that has been turned upright must no longer say: its old orientation, and the small preview
 * that was stored unturned (and shows the picture before it was changed). Everything else in EXIF and XMP stays, byte for byte.
 */

const ORIENTATION = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/** EXIF bytes from the byte-order mark on: JPEG, WebP and AVIF put "Exif\0\0" before it, PNG does not. */
export function exifBody(exif: Uint8Array): Uint8Array {
  const prefixed = String.fromCharCode(...exif.subarray(0, 6)) === "Exif\0\0";
  return new Uint8Array(exif.subarray(prefixed ? 6 : 0)); // not `slice`: that of a Node Buffer is a view
}

/**
 * A copy with orientation 1 and without the link to the preview (IFD1). `exif` starts at the byte-order mark ("II" or "MM").
 * Bytes that are not EXIF come back as they are: a damaged tag must not cost the user the picture.
 */
export function uprightExif(exif: Uint8Array): Uint8Array {
  const out = new Uint8Array(exif); // a copy
  const view = new DataView(out.buffer);
  const mark = String.fromCharCode(...out.subarray(0, 2));
  if ((mark !== "II" && mark !== "MM") || out.length < 8) return out;
  const little = mark === "II";
  const start = view.getUint32(4, little);
  if (start + 2 > out.length) return out;
  const end = start + 2 + view.getUint16(start, little) * ENTRY_BYTES;
  if (end > out.length) return out;
  for (let entry = start + 2; entry < end; entry += ENTRY_BYTES)
    if (view.getUint16(entry, little) === ORIENTATION && view.getUint16(entry + 2, little) === SHORT)
      view.setUint16(entry + 8, 1, little);
  if (end + 4 <= out.length) view.setUint32(end, 0, little);
  return out;
}

/** A copy of an XMP packet with orientation 1, both as attribute and as element. */
export function uprightXmp(xmp: Uint8Array): Uint8Array {
  // Latin-1 maps each byte to one character and back, whatever the packet's encoding.
  const text = Array.from(xmp, (byte) => String.fromCharCode(byte)).join("");
  const upright = text
    .replace(/(tiff:Orientation\s*=\s*["'])[1-8](["'])/g, "$11$2")
    .replace(/(<tiff:Orientation>\s*)[1-8](\s*<\/tiff:Orientation>)/g, "$11$2");
  return Uint8Array.from(upright, (character) => character.charCodeAt(0));
}

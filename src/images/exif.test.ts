import { describe, expect, test } from "vitest";
import { exifBody, uprightExif, uprightXmp } from "./exif.js";

/** Smallest EXIF with a make, an orientation and a link to a preview, in either byte order. */
function exif(little: boolean, orientation: number): Uint8Array {
  const out = new Uint8Array(8 + 2 + 2 * 12 + 4 + 10);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(little ? "II" : "MM"));
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, 2, little);
  const entries = [
    [0x010f, 2, 4, 0x41424300],
    [0x0112, 3, 1, 0],
  ] as const;
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i;
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, type, little);
    view.setUint32(at + 4, count, little);
    view.setUint32(at + 8, value, little);
  });
  view.setUint16(10 + 12 + 8, orientation, little);
  view.setUint32(34, 38, little); // IFD1
  return out;
}

describe.each([true, false])("EXIF, little-endian: %s", (little) => {
  test("the orientation becomes 1 and the preview is unlinked; nothing else changes", () => {
    const before = exif(little, 6);
    const expected = exif(little, 1);
    expected.fill(0, 34, 38);
    expect(uprightExif(before)).toEqual(expected);
    expect(before).toEqual(exif(little, 6));
  });

  test("cut off anywhere, nothing is thrown and nothing grows", () => {
    const whole = exif(little, 8);
    for (let length = 0; length < whole.length; length++)
      expect(uprightExif(whole.slice(0, length)).length).toBe(length);
  });
});

test("the prefix of JPEG is taken off, also from a view into other bytes", () => {
  const body = exif(true, 3);
  const prefixed = new Uint8Array(6 + body.length + 5);
  prefixed.set(new TextEncoder().encode("Exif\0\0"), 5);
  prefixed.set(body.subarray(0, body.length - 6), 11);
  const view = prefixed.subarray(5, 5 + 6 + body.length - 6);
  expect(exifBody(view)).toEqual(body.slice(0, body.length - 6));
  expect(exifBody(body)).toEqual(body);
});

test("XMP orientation as attribute and element; other bytes stay, whatever their encoding", () => {
  const text = (o: string) => `<x tiff:Orientation="${o}" a="6"/><tiff:Orientation>${o}</tiff:Orientation> Grüße`;
  const encode = (s: string) => new TextEncoder().encode(s);
  expect(uprightXmp(encode(text("8")))).toEqual(encode(text("1")));
});

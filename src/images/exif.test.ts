import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exifBody, exifHas, orientationOf, uprightExif } from "./exif.js";

const [BYTE, SHORT, LONG, SSHORT, SLONG, RATIONAL] = [1, 3, 4, 8, 9, 5];

/** Smallest EXIF with a make, an orientation and a link to a preview, in either byte order. */
function exif(little: boolean, orientation: number, { type = SHORT, count = 1, value = 0 } = {}): Uint8Array {
  const out = new Uint8Array(8 + 2 + 2 * 12 + 4 + 10);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(little ? "II" : "MM"));
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, 2, little);
  const entries = [
    [0x010f, 2, 4, 0x41424300],
    [0x0112, type, count, value],
  ] as const;
  entries.forEach(([tag, kind, length, bytes], i) => {
    const at = 10 + 12 * i;
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, kind, little);
    view.setUint32(at + 4, length, little);
    view.setUint32(at + 8, bytes, little);
  });
  if (type === SHORT || type === SSHORT) view.setUint16(ORIENTATION_AT, orientation, little);
  else if (type === BYTE) view.setUint8(ORIENTATION_AT, orientation);
  else if (value === 0) view.setUint32(ORIENTATION_AT, orientation, little);
  view.setUint32(34, 38, little); // IFD1
  return out;
}
const ORIENTATION_AT = 10 + 12 + 8;

describe.each([true, false])("EXIF, little-endian: %s", (little) => {
  const upright = exif(little, 1);
  upright.fill(0, 34, 38);

  test("the orientation becomes 1 and the preview is unlinked; nothing else changes", () => {
    const before = exif(little, 6);
    expect(uprightExif(before)).toEqual(upright);
    expect(before).toEqual(exif(little, 6));
  });

  test.each([
    ["BYTE", { type: BYTE }],
    ["LONG", { type: LONG }],
    ["SLONG", { type: SLONG }],
    ["SSHORT", { type: SSHORT }],
    ["RATIONAL, elsewhere in the file", { type: RATIONAL, value: 38 }],
    ["four SHORT, elsewhere in the file", { type: SHORT, count: 4, value: 38 }],
  ])("an orientation as %s becomes a SHORT of 1", (_, form) => {
    expect(uprightExif(exif(little, 6, form))).toEqual(upright);
  });

  test("the directory promises more entries than there are", () => {
    const [before, after] = [exif(little, 6), exif(little, 1)];
    for (const bytes of [before, after]) new DataView(bytes.buffer).setUint16(8, 200, little);
    expect(uprightExif(before)).toEqual(after);
  });

  test("an orientation that decoders do not obey stays: 0x0112 in the EXIF directory", () => {
    const before = exif(little, 1);
    const view = new DataView(before.buffer);
    view.setUint16(22, 0x8769, little); // the second entry now points to a directory, at 26, with an orientation of 6
    view.setUint16(24, LONG, little);
    expect(uprightExif(before)).toEqual(Uint8Array.from(before, (byte, i) => (i >= 34 && i < 38 ? 0 : byte)));
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

test("an entry is found in the first directory, in either byte order, and nothing in what is no EXIF", () => {
  for (const little of [true, false]) {
    const bytes = exif(little, 6);
    expect([0x010f, 0x0112, 0x011a].map((tag) => exifHas(bytes, tag))).toEqual([true, true, false]);
    for (let length = 0; length < bytes.length; length++) exifHas(bytes.slice(0, length), 0x0112);
  }
  expect(exifHas(new Uint8Array(40), 0)).toBe(false);
});

describe("any bytes", () => {
  const anyBytes = fc.tuple(fc.constantFrom("II", "MM", "??"), fc.uint8Array({ maxLength: 80 }));

  test("are read and made upright without an error, in their length", () => {
    fc.assert(
      fc.property(anyBytes, ([order, rest]) => {
        const bytes = Uint8Array.from([...new TextEncoder().encode(order), ...rest]);
        expect(uprightExif(bytes).length).toBe(bytes.length);
        expect(orientationOf(bytes)).toBeGreaterThanOrEqual(1);
        expect(orientationOf(bytes)).toBeLessThanOrEqual(8);
        expect(exifBody(bytes)).toEqual(bytes);
      }),
    );
  });

  test("of a directory of any entries: the orientation is 1, the others keep their bytes, twice is once", () => {
    const entry = fc.record({
      tag: fc.oneof(fc.constant(0x0112), fc.nat(0xffff)),
      rest: fc.uint8Array({ minLength: 10, maxLength: 10 }),
    });
    fc.assert(
      fc.property(fc.boolean(), fc.array(entry, { maxLength: 12 }), (little, entries) => {
        const bytes = new Uint8Array(8 + 2 + 12 * entries.length + 4);
        const view = new DataView(bytes.buffer);
        bytes.set(new TextEncoder().encode(little ? "II" : "MM"));
        view.setUint16(2, 42, little);
        view.setUint32(4, 8, little);
        view.setUint16(8, entries.length, little);
        for (const [i, { tag, rest }] of entries.entries()) {
          view.setUint16(10 + 12 * i, tag, little);
          bytes.set(rest, 12 + 12 * i);
        }
        const upright = uprightExif(bytes);
        expect(orientationOf(upright)).toBe(1);
        for (const [i, { tag }] of entries.entries())
          if (tag !== 0x0112)
            expect(upright.subarray(10 + 12 * i, 22 + 12 * i)).toEqual(bytes.subarray(10 + 12 * i, 22 + 12 * i));
        expect(uprightExif(upright)).toEqual(upright);
      }),
    );
  });
});

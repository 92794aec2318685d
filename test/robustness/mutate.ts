/** @file Damaged copies of a file's bytes. */
import type { Rng } from "../../src/base/random.js";

type Mutation = (bytes: Uint8Array, rng: Rng) => Uint8Array;

/** Bytes that formats treat in a special way. */
const ODD_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff] as const;

const place = (bytes: Uint8Array, rng: Rng, label: string): number => rng.fork(label).integer(bytes.length);

/** Some places near the start: headers are small, and few random places would hit them. */
const headerPlace = (bytes: Uint8Array, rng: Rng, label: string): number =>
  rng.fork(label).integer(Math.min(bytes.length, 512));

function edited(bytes: Uint8Array, rng: Rng, count: number, edit: (copy: Uint8Array, rng: Rng) => void): Uint8Array {
  const copy = bytes.slice();
  for (let i = 0; i < count; i++) edit(copy, rng.fork("edit", i));
  return copy;
}

const MUTATIONS = {
  bits: (bytes, rng) =>
    edited(bytes, rng, 1 + rng.fork("count").integer(8), (copy, each) => {
      copy[place(copy, each, "at")]! ^= 1 << each.fork("bit").integer(8);
    }),
  headerBytes: (bytes, rng) =>
    edited(bytes, rng, 1 + rng.fork("count").integer(4), (copy, each) => {
      copy[headerPlace(copy, each, "at")] = ODD_BYTES[each.fork("value").integer(ODD_BYTES.length)]!;
    }),
  /** A 32-bit number in either order: sizes, counts and offsets. */
  headerWords: (bytes, rng) =>
    edited(bytes, rng, 1 + rng.fork("count").integer(2), (copy, each) => {
      const values = [0, 1, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, copy.length];
      const value = values[each.fork("value").integer(values.length)]!;
      const at = headerPlace(copy, each, "at");
      if (at + 4 <= copy.length)
        new DataView(copy.buffer, copy.byteOffset).setUint32(at, value, each.fork("order").integer(2) === 0);
    }),
  cut: (bytes, rng) => bytes.slice(0, place(bytes, rng, "end")),
  splice: (bytes, rng) => {
    const [from, length, to] = [place(bytes, rng, "from"), rng.fork("length").integer(256), place(bytes, rng, "to")];
    const piece = bytes.subarray(from, Math.min(bytes.length, from + length));
    return Uint8Array.from([...bytes.subarray(0, to), ...piece, ...bytes.subarray(to)]);
  },
  remove: (bytes, rng) => {
    const [from, length] = [place(bytes, rng, "from"), 1 + rng.fork("length").integer(64)];
    return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(from + length)]);
  },
} as const satisfies Record<string, Mutation>;

const NAMES = Object.keys(MUTATIONS) as (keyof typeof MUTATIONS)[];

/** A copy with one kind of damage, now and then two or three. */
export function damaged(bytes: Uint8Array, rng: Rng): Uint8Array {
  let copy: Uint8Array = new Uint8Array(bytes); // the slices of a Buffer would be the same bytes again
  const kinds = [1, 1, 1, 1, 2, 3][rng.fork("kinds").integer(6)]!;
  for (let i = 0; i < kinds; i++) {
    if (copy.length === 0) break;
    const each = rng.fork("damage", i);
    copy = MUTATIONS[NAMES[each.fork("kind").integer(NAMES.length)]!](copy, each);
  }
  return copy;
}

/**
 * @file A map of numbers as a TIFF of one channel of 32-bit floats, which imaging and scientific programs read (TIFF
 * 6.0).
 */
import { shapeError } from "../base/errors.js";

interface FloatMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

const [SHORT, LONG] = [3, 4];
const HEADER = 8;
const ENTRY = 12;

/** Encodes uncompressed, in one strip, little-endian. Throws `shape` unless the data has one value per pixel. */
export function encodeFloatTiff({ width, height, data }: FloatMap): Uint8Array {
  if (data.length !== width * height) throw shapeError("encodeFloatTiff", `${width * height} values`, [data.length]);
  const entries: readonly (readonly [tag: number, type: number, value: number])[] = [
    [256, LONG, width],
    [257, LONG, height],
    [258, SHORT, 32], // bits per sample
    [259, SHORT, 1], // no compression
    [262, SHORT, 1], // black is zero
    [273, LONG, 0], // offset of the strip, set below
    [277, SHORT, 1], // samples per pixel
    [278, LONG, height], // rows per strip
    [279, LONG, 4 * data.length], // bytes of the strip
    [339, SHORT, 3], // samples are IEEE floats
  ];
  const start = HEADER + 2 + ENTRY * entries.length + 4;
  const bytes = new Uint8Array(start + 4 * data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, HEADER]);
  view.setUint16(HEADER, entries.length, true);
  entries.forEach(([tag, type, value], i) => {
    const at = HEADER + 2 + ENTRY * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, 1, true);
    if (type === SHORT) view.setUint16(at + 8, value, true);
    else view.setUint32(at + 8, tag === 273 ? start : value, true);
  });
  for (let i = 0; i < data.length; i++) view.setFloat32(start + 4 * i, data[i]!, true);
  return bytes;
}

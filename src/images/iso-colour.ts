/**
 * @file The colours of an AVIF by number (`colr` of type `nclx`; ISO/IEC 14496-12, 12.1.5, and ITU-T H.273), which HDR
 * pictures have in the place of a profile: read from one file, and put into another that was encoded without.
 */
import { joinedBytes } from "../base/joined-bytes.js";
import { latin1Bytes, textAt, viewOf } from "./bytes.js";
import { type IsoBox, isoBoxes, isoExtents, metaBoxes } from "./iso-items.js";
import type { ColourCode } from "./photo.js";

const COLR_BYTES = 19;
/** Encoder's YCbCr conversion: BT.601, full range. */
const [MATRIX, FULL_RANGE] = [6, 0x80];

const among = (boxes: readonly IsoBox[], type: string): IsoBox | undefined => boxes.find((box) => box.type === type);

const propertiesOf = (file: Uint8Array, meta: readonly IsoBox[]): IsoBox | undefined => {
  const holder = among(meta, "iprp");
  return holder && among([...isoBoxes(file, holder.start, holder.end)], "ipco");
};

/** The colours that the file gives by number; undefined where it gives none. */
export function colourCodeOf(file: Uint8Array): ColourCode | undefined {
  const properties = propertiesOf(file, [...metaBoxes(file)]);
  if (!properties) return undefined;
  for (const { type, start, end } of isoBoxes(file, properties.start, properties.end))
    if (type === "colr" && textAt(file, start, 4) === "nclx" && start + 8 <= end)
      return { primaries: viewOf(file).getUint16(start + 4), transfer: viewOf(file).getUint16(start + 6) };
  return undefined;
}

/**
 * A copy of an AVIF, as libheif writes it, whose primary picture has these colours. Boxes grow, and all that lies
 * behind them moves. Undefined for a file of another make.
 */
export function withColourCode(file: Uint8Array, { primaries, transfer }: ColourCode): Uint8Array | undefined {
  const meta = [...isoBoxes(file, 0, file.length)].find(({ type }) => type === "meta");
  const inside = [...metaBoxes(file)];
  const [holder, places, primary] = ["iprp", "iloc", "pitm"].map((type) => among(inside, type));
  const properties = propertiesOf(file, inside);
  const links = holder && among([...isoBoxes(file, holder.start, holder.end)], "ipma");
  if (!meta || !holder || !places || !primary || !properties || !links || links.start < properties.end)
    return undefined;
  const link = linkOf(file, links, viewOf(file).getUint16(primary.start + 4));
  if (!link) return undefined;

  const colour = new Uint8Array(COLR_BYTES);
  const view = new DataView(colour.buffer);
  view.setUint32(0, COLR_BYTES);
  colour.set(latin1Bytes("colrnclx"), 4);
  view.setUint16(12, primaries);
  view.setUint16(14, transfer);
  view.setUint16(16, MATRIX);
  colour[18] = FULL_RANGE;
  const index = [...isoBoxes(file, properties.start, properties.end)].length + 1;
  const reference = link.wide ? Uint8Array.of(index >> 8, index & 255) : Uint8Array.of(index);
  const added = colour.length + reference.length;

  const head = new Uint8Array(file); // a copy with other lengths and places
  const headView = viewOf(head);
  const grow = ({ start }: IsoBox, by: number) => headView.setUint32(start - 8, headView.getUint32(start - 8) + by);
  grow(meta, added);
  grow(holder, added);
  grow(properties, colour.length);
  grow(links, reference.length);
  head[link.countAt]! += 1;
  const moved = new Set<number>();
  for (const { inFile, offset, offsetField } of isoExtents(file, places)) {
    if (!inFile || !offsetField || offset < meta.end || moved.has(offsetField.at)) continue;
    if (offsetField.bytes !== 4) return undefined;
    moved.add(offsetField.at);
    headView.setUint32(offsetField.at, headView.getUint32(offsetField.at) + added);
  }
  return joinedBytes([
    ...[head.subarray(0, properties.end), colour, head.subarray(properties.end, link.end)],
    ...[reference, head.subarray(link.end)],
  ]);
}

/** Position of an item's property links: their number, the end of the list, and the size of each. */
function linkOf(file: Uint8Array, { start, end }: IsoBox, item: number) {
  const view = viewOf(file);
  const [version, wide] = [view.getUint8(start), (view.getUint8(start + 3) & 1) === 1];
  const idBytes = version === 0 ? 2 : 4;
  let at = start + 8;
  for (let entries = view.getUint32(start + 4); entries > 0 && at + idBytes + 1 <= end; entries--) {
    const id = idBytes === 2 ? view.getUint16(at) : view.getUint32(at);
    const countAt = at + idBytes;
    at = countAt + 1 + view.getUint8(countAt) * (wide ? 2 : 1);
    if (id === item && at <= end) return { countAt, end: at, wide };
  }
  return undefined;
}

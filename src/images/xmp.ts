/**
 * @file Removes or corrects statements of an XMP packet that no longer hold in a new file: the orientation, the size,
 * and the presence and length of a film or gain map behind the picture. All else stays, byte for byte.
 */
import { joinedBytes } from "../base/joined-bytes.js";
import { latin1Bytes } from "./bytes.js";

/** XMP's orientation: an attribute or an element. Lengths are bounded, which bounds the search time. */
const ORIENTATIONS = [
  /tiff:Orientation\s{0,99}=\s{0,99}["']\s{0,9}[2-8](?=\s{0,9}["'])/g,
  /<tiff:Orientation(?:\s[^<>]{0,99})?>\s{0,99}[2-8](?=\s{0,99}<)/g,
];
/** XMP's declaration of a film behind the picture (a motion photo). */
const FILMS = [
  /Camera:(?:MotionPhoto|MicroVideo)\s{0,99}=\s{0,99}["']1(?=["'])/g,
  /Camera:(?:MotionPhoto|MicroVideo)>\s{0,99}1(?=\s{0,99}<)/g,
];
/** XMP's declaration of a gain map: Adobe's, on which Ultra HDR is based. */
const GAIN_MAPS = [
  /hdrgm:Version\s{0,99}=\s{0,99}(?:"[^"<>]{0,20}"|'[^'<>]{0,20}')/g,
  /<hdrgm:Version>[^<>]{0,20}<\/hdrgm:Version>/g,
];
/** Where XMP holds the picture's width or height: an attribute or an element. */
const SIZES =
  /((?:tiff:Image|exif:Pixel)(Width|Length|XDimension|YDimension)\s{0,99}(?:=\s{0,99}["']|>)\s{0,99})\d{1,9}(?=\s{0,99}["'<])/g;
/** Number of bytes between two parts. */
const PADDING = /Item:Padding\s{0,9}(?:=\s{0,9}["']|>)(\d{1,15})/g;
const [ITEM_START, ITEM_END] = ["<rdf:li", "</rdf:li>"];

export type XmpPart = "film" | "gain map";
const SEMANTIC = { film: "MotionPhoto", "gain map": "GainMap" } as const satisfies Record<XmpPart, string>;

/** One character per byte, whatever the packet's encoding. */
const characters = (xmp: Uint8Array): string => new TextDecoder("latin1").decode(xmp);

/** Overwrites the matches of the patterns with `fill`: only their last character if `last`, else all of them. */
function overwrite(out: Uint8Array, text: string, patterns: readonly RegExp[], fill: string, last: boolean): void {
  for (const pattern of patterns)
    for (const { index, 0: found } of text.matchAll(pattern))
      out.fill(fill.charCodeAt(0), last ? index + found.length - 1 : index, index + found.length);
}

/** A copy of an XMP packet with orientation 1. */
export function uprightXmp(xmp: Uint8Array): Uint8Array {
  const out = new Uint8Array(xmp);
  overwrite(out, characters(xmp), ORIENTATIONS, "1", true);
  return out;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Entries with this meaning in the list of the file's parts (Container:Directory). */
function items(text: string, part: XmpPart): Range[] {
  const found: Range[] = [];
  const semantic = new RegExp(`Semantic\\s{0,9}(?:=\\s{0,9}["']|>\\s{0,9})${SEMANTIC[part]}["'<\\s]`);
  let close = 0; // the next search starts after it, so the search stays linear
  for (let start = text.indexOf(ITEM_START); start >= 0; ) {
    const next = text.indexOf(ITEM_START, start + 1);
    if (close < start) close = text.indexOf(ITEM_END, start);
    if (close < 0) break;
    const end = close + ITEM_END.length;
    if ((next < 0 || end <= next) && semantic.test(text.slice(start, end))) found.push({ start, end });
    start = next;
  }
  return found;
}

/** Returns whether XMP declares a film or a gain map behind the picture. */
export function xmpPromises(xmp: Uint8Array, part: XmpPart): boolean {
  const text = characters(xmp);
  const patterns = part === "film" ? FILMS : GAIN_MAPS;
  return patterns.some((pattern) => text.search(pattern) >= 0) || items(text, part).length > 0;
}

/** A copy of an XMP packet that announces no film, or no gain map. */
export function xmpWithout(xmp: Uint8Array, part: XmpPart): Uint8Array {
  const text = characters(xmp);
  const out = new Uint8Array(xmp);
  for (const { start, end } of items(text, part)) out.fill(0x20, start, end);
  if (part === "film") overwrite(out, text, FILMS, "0", true);
  else overwrite(out, text, GAIN_MAPS, " ", false);
  return out;
}

/**
 * A copy of an XMP packet whose list of parts gives this part's length as `bytes`, and no bytes between the parts,
 * because the new file has none.
 */
export function xmpWithLength(xmp: Uint8Array, part: XmpPart, bytes: number): Uint8Array {
  const text = characters(xmp);
  const out = new Uint8Array(xmp);
  for (const { index, 0: found, 1: digits } of text.matchAll(PADDING))
    out.fill(0x30, index + found.length - digits!.length, index + found.length);
  for (const { start, end } of items(text, part)) {
    const number = /(Item:Length\s{0,9}(?:=\s{0,9}["']|>)\s{0,9})(\d{1,15})/.exec(text.slice(start, end));
    if (!number) continue;
    const at = start + number.index + number[1]!.length;
    return joinedBytes([out.subarray(0, at), latin1Bytes(String(bytes)), out.subarray(at + number[2]!.length)]);
  }
  return out;
}

/** A copy of an XMP packet whose statements of the picture's size, where it has any, are the given ones. */
export function xmpWithSize(
  xmp: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const of = (name: string): number => (name === "Width" || name === "XDimension" ? width : height);
  return latin1Bytes(characters(xmp).replace(SIZES, (_, before: string, name: string) => `${before}${of(name)}`));
}

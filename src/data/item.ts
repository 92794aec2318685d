/** @file Items of a data set in any layout, from which patches are drawn. Paths are relative to the data set. */

export type DataItem =
  /** A blurry photo and its sharp partner, of one size. */
  | { readonly kind: "pair"; readonly name: string; readonly blurry: string; readonly sharp: string }
  /** A sharp photo, to be blurred when it is drawn. */
  | { readonly kind: "photo"; readonly name: string; readonly sharp: string }
  /** Consecutive sharp frames, to be averaged when they are drawn. */
  | { readonly kind: "frames"; readonly name: string; readonly frames: readonly string[] }
  /** A sharp photo, and really blurred ones of other things, one of which is drawn. */
  | { readonly kind: "unpaired"; readonly name: string; readonly sharp: string; readonly blurred: readonly string[] };

/** The files an item needs. */
export function filesOf(item: DataItem): readonly string[] {
  if (item.kind === "pair") return [item.blurry, item.sharp];
  if (item.kind === "unpaired") return [item.sharp, ...item.blurred];
  return item.kind === "photo" ? [item.sharp] : item.frames;
}

/** The item with every path changed. */
export function withPaths(item: DataItem, change: (path: string) => string): DataItem {
  if (item.kind === "pair") return { ...item, blurry: change(item.blurry), sharp: change(item.sharp) };
  if (item.kind === "unpaired") return { ...item, sharp: change(item.sharp), blurred: item.blurred.map(change) };
  return item.kind === "photo" ? { ...item, sharp: change(item.sharp) } : { ...item, frames: item.frames.map(change) };
}

/** The items that a layout finds in a listing. */
export interface FoundItems {
  readonly items: readonly DataItem[];
  /** Files that do not fit, each with the reason: a photo without its partner, a line that names no file. */
  readonly problems: readonly string[];
}
